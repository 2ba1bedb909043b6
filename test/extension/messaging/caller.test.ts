import { describe, expect, it } from 'vitest';
import { codeOf } from '../../../src/core/errors.ts';
import { callerOf } from '../../../src/extension/messaging/caller.ts';

const own = { id: 'ours', origin: 'chrome-extension://ours' };
const tab = { id: 7 };
type Sender = Parameters<typeof callerOf>[0];

function outcome(sender: unknown): unknown {
  try {
    return callerOf(sender as Sender, own);
  } catch (thrown) {
    return codeOf(thrown);
  }
}

describe('callerOf', () => {
  it.each([
    { id: 'ours', url: 'chrome-extension://ours/popup.html', origin: 'chrome-extension://ours' },
    { id: 'ours', url: 'chrome-extension://ours/popup.html' },
    // The popup, opened in a tab.
    { id: 'ours', url: 'chrome-extension://ours/popup.html', tab, frameId: 0 },
  ])('knows our own page: %j', (sender) => {
    expect(outcome(sender)).toEqual({ kind: 'extension-page' });
  });

  it.each([
    [
      { id: 'ours', url: 'https://site.example/sign-in?x#y', origin: 'https://site.example', tab, frameId: 0 },
      'https://site.example',
    ],
    [{ id: 'ours', url: 'https://site.example:8443/', tab, frameId: 0 }, 'https://site.example:8443'],
    [
      { id: 'ours', url: 'http://localhost:8788/', origin: 'http://localhost:8788', tab, frameId: 0 },
      'http://localhost:8788',
    ],
  ])('knows a content script by tab and origin: %j', (sender, origin) => {
    expect(outcome(sender)).toEqual({ kind: 'content-script', tab: 7, origin, url: sender.url });
  });

  it.each([
    [{ id: 'ours', url: 'https://site.example/', origin: 'https://site.example', tab, frameId: 3 }, false],
    [{ id: 'ours', url: 'https://site.example/', origin: 'https://site.example', tab }, false],
    [{ id: 'ours', url: 'http://site.example/', origin: 'http://site.example', tab, frameId: 0 }, true],
    [{ id: 'ours', url: 'https://site.example/', origin: 'null', tab, frameId: 0 }, true],
    [{ id: 'ours', url: 'file:///home/a.html', tab, frameId: 0 }, true],
  ])('lets %j say what it sees and no more', (sender, top) => {
    expect(outcome(sender)).toEqual({ kind: 'watching-script', tab: 7, url: sender.url, top });
  });

  it.each([
    [undefined, 'not-allowed'],
    [{}, 'not-allowed'],
    [{ id: 'ours' }, 'not-allowed'],
    [{ id: 'theirs', url: 'chrome-extension://ours/popup.html' }, 'not-allowed'],
    [{ id: 'theirs', url: 'chrome-extension://theirs/a.html', origin: 'chrome-extension://ours' }, 'not-allowed'],
    [{ url: 'https://site.example/', tab, frameId: 0 }, 'not-allowed'],
    [{ id: 'ours', url: 'https://site.example/', frameId: 0 }, 'not-allowed'],
    // A page that says our address but has another origin.
    [{ id: 'ours', url: 'chrome-extension://ours/popup.html', origin: 'https://site.example' }, 'not-allowed'],
  ])('refuses %j with %s', (sender, code) => {
    expect(outcome(sender)).toBe(code);
  });
});
