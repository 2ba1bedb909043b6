import { describeDocument } from '../../ui/describe-document.ts';
import { type MessageKey, t, useTexts } from '../../ui/text.ts';
import { browser } from '../messaging/browser.ts';

/** What each page of the extension does first: its language and title. Gives the element to render into. */
export function startPage(title: MessageKey): HTMLElement {
  useTexts((key, substitutions) => browser.i18n.getMessage(key, substitutions));
  describeDocument(t(title));
  return document.body;
}
