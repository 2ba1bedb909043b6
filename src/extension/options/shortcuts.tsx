import { useEffect, useState } from 'preact/hooks';
import type { Commands } from 'webextension-polyfill';
import { t } from '../../ui/text.ts';
import { browser } from '../messaging/browser.ts';

/** The keyboard's ways in, as the browser has them now. */
export function Shortcuts() {
  const [commands, setCommands] = useState<readonly Commands.Command[]>([]);
  useEffect(() => {
    browser.commands.getAll().then(setCommands);
  }, []);
  const keysOf = (name: string) =>
    commands.find((command) => command.name === name)?.shortcut || t('options_shortcut_none');
  return (
    <section class="section">
      <h2>{t('options_shortcuts')}</h2>
      <dl class="shortcuts">
        <dt>{t('options_shortcut_open')}</dt>
        <dd>
          <kbd>{keysOf('_execute_action')}</kbd>
        </dd>
        <dt>{t('common_use_password')}</dt>
        <dd>
          <kbd>{keysOf('use-password')}</kbd>
        </dd>
      </dl>
      <p class="muted">{t('options_shortcuts_what')}</p>
    </section>
  );
}
