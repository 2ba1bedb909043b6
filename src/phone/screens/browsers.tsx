import { useState } from 'preact/hooks';
import { Button } from '../../ui/button.tsx';
import { ErrorNotice } from '../../ui/notice.tsx';
import { Sentence } from '../../ui/sentence.tsx';
import { t } from '../../ui/text.ts';
import type { PairingEntry } from '../pairings.ts';
import type { ScreenProps } from './app.tsx';
import { HowToPair } from './how-to-pair.tsx';
import { Screen } from './screen.tsx';

type Actions = ScreenProps<'browsers'>['actions'];

/** The paired browsers: what they are called, when they were last heard of, and the way to part with one or pair another. */
export function Browsers({ view: { pairings }, actions }: ScreenProps<'browsers'>) {
  return (
    <Screen
      name="browsers"
      title={t('phone_browsers')}
      actions={
        <Button wide onClick={() => actions.go('home')}>
          {t('common_back')}
        </Button>
      }
    >
      {pairings.length === 0 ? <p class="muted">{t('phone_browsers_none')}</p> : null}
      <ul class="entries">
        {pairings.map((entry) => (
          <PairedBrowser key={entry.pairing} entry={entry} actions={actions} />
        ))}
      </ul>
      <details class="card" open={pairings.length === 0}>
        <summary>{t('phone_browsers_pair')}</summary>
        <HowToPair onScan={() => actions.go('scan')} onLink={actions.openLink} />
      </details>
    </Screen>
  );
}

type Doing = 'nothing' | 'renaming' | 'parting';

function PairedBrowser({ entry, actions }: { entry: PairingEntry; actions: Actions }) {
  const [doing, setDoing] = useState<Doing>('nothing');
  const { pairing, browser, pairedAt, seenAt, ended } = entry;
  const format = (options: Intl.DateTimeFormatOptions, time: number) =>
    new Intl.DateTimeFormat(document.documentElement.lang, options).format(time);
  const leave = ended ? 'phone_browsers_remove' : 'phone_browsers_unpair';
  return (
    <li class="card stack" data-pairing={pairing}>
      <div>
        <p>
          <bdi>{browser}</bdi>
        </p>
        <p class="muted">{t('phone_browsers_since', format({ dateStyle: 'medium' }, pairedAt))}</p>
        <p class="muted">{t('phone_browsers_seen', format({ dateStyle: 'medium', timeStyle: 'short' }, seenAt))}</p>
      </div>
      {ended ? <ErrorNotice code={ended} tone="warn" /> : null}
      {doing === 'renaming' ? (
        <Renaming
          name={browser}
          onName={(name) => {
            actions.rename(pairing, name);
            setDoing('nothing');
          }}
          onCancel={() => setDoing('nothing')}
        />
      ) : null}
      {doing === 'parting' ? (
        <div class="stack" role="alertdialog" aria-labelledby={`ask-${pairing}`}>
          <p id={`ask-${pairing}`}>
            <Sentence of="phone_browsers_unpair_ask" name={browser} />
          </p>
          <div class="denials">
            <Button kind="danger" onClick={() => actions.unpair(pairing)}>
              {t(leave)}
            </Button>
            <Button ref={(button) => button?.focus()} onClick={() => setDoing('nothing')}>
              {t('common_cancel')}
            </Button>
          </div>
        </div>
      ) : null}
      {doing === 'nothing' ? (
        <div class="denials">
          <Button aria-label={`${t('phone_browsers_rename')}: ${browser}`} onClick={() => setDoing('renaming')}>
            {t('phone_browsers_rename')}
          </Button>
          <Button aria-label={`${t(leave)}: ${browser}`} onClick={() => setDoing('parting')}>
            {t(leave)}
          </Button>
        </div>
      ) : null}
    </li>
  );
}

interface RenamingProps {
  name: string;
  /** Empty: what it calls itself. */
  onName: (name: string) => void;
  onCancel: () => void;
}

function Renaming({ name, onName, onCancel }: RenamingProps) {
  const [typed, setTyped] = useState(name);
  const submit = (event: Event) => {
    event.preventDefault();
    onName(typed);
  };
  return (
    <form class="stack" onSubmit={submit}>
      <label class="field">
        {t('phone_browsers_name')}
        <input
          name="name"
          type="text"
          maxLength={64}
          autoComplete="off"
          value={typed}
          ref={(input) => input?.focus()}
          onInput={({ currentTarget }) => setTyped(currentTarget.value)}
        />
      </label>
      <div class="denials">
        <Button kind="primary" type="submit">
          {t('phone_browsers_save')}
        </Button>
        <Button onClick={onCancel}>{t('common_cancel')}</Button>
      </div>
    </form>
  );
}
