import { useEffect, useRef, useState } from 'preact/hooks';
import { Button } from '../../ui/button.tsx';
import { ErrorNotice } from '../../ui/notice.tsx';
import { Question } from '../../ui/question.tsx';
import { Sentence } from '../../ui/sentence.tsx';
import { t } from '../../ui/text.ts';
import { useAsking } from '../../ui/use-asking.ts';
import type { PairingEntry } from '../pairings.ts';
import type { ScreenProps } from './app.tsx';
import { Back } from './back.tsx';
import { HowToPair } from './how-to-pair.tsx';
import { Screen } from './screen.tsx';

type Actions = ScreenProps<'browsers'>['actions'];

/** The paired browsers: what they are called, when they were last heard of, and the way to part with one or pair another. */
export function Browsers({ view: { pairings }, actions }: ScreenProps<'browsers'>) {
  return (
    <Screen name="browsers" title={t('phone_browsers')} actions={<Back actions={actions} />}>
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

function PairedBrowser({ entry, actions }: { entry: PairingEntry; actions: Actions }) {
  const renaming = useAsking();
  const parting = useAsking();
  const { pairing, system, pairedAt, seenAt, ended } = entry;
  const isReadable = ended !== 'pairing-unreadable';
  const browser = isReadable ? entry.browser : t('phone_browsers_nameless');
  const format = (options: Intl.DateTimeFormatOptions, time: number) =>
    new Intl.DateTimeFormat(document.documentElement.lang, options).format(time);
  const leave = ended ? 'phone_browsers_remove' : 'phone_browsers_unpair';
  return (
    <li class="card stack" data-pairing={pairing}>
      <div>
        <p>
          <bdi>{browser}</bdi>
        </p>
        {system ? (
          <p class="muted">
            <bdi>{system}</bdi>
          </p>
        ) : null}
        {isReadable ? (
          <>
            <p class="muted">{t('phone_browsers_since', format({ dateStyle: 'medium' }, pairedAt))}</p>
            <p class="muted">{t('phone_browsers_seen', format({ dateStyle: 'medium', timeStyle: 'short' }, seenAt))}</p>
          </>
        ) : null}
      </div>
      {ended ? <ErrorNotice code={ended} tone="warn" /> : null}
      {renaming.isOpen ? (
        <Renaming
          name={browser}
          onName={(name) => {
            actions.rename(pairing, name);
            renaming.close();
          }}
          onCancel={renaming.close}
        />
      ) : null}
      {parting.isOpen ? (
        <Question
          asks={<Sentence of="phone_browsers_unpair_ask" name={browser} />}
          yes={t(leave)}
          onYes={() => actions.unpair(pairing)}
          onNo={parting.close}
        />
      ) : null}
      {renaming.isOpen || parting.isOpen ? null : (
        <div class="denials">
          {isReadable ? (
            <Button aria-label={`${t('phone_browsers_rename')}: ${browser}`} {...renaming.opener}>
              {t('phone_browsers_rename')}
            </Button>
          ) : null}
          <Button aria-label={`${t(leave)}: ${browser}`} {...parting.opener}>
            {t(leave)}
          </Button>
        </div>
      )}
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
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);
  const submit = (event: Event) => {
    event.preventDefault();
    onName(typed);
  };
  return (
    <form
      class="stack"
      onSubmit={submit}
      onKeyDown={({ key }) => {
        if (key === 'Escape') onCancel();
      }}
    >
      <label class="field">
        {t('phone_browsers_name')}
        <input
          name="name"
          type="text"
          maxLength={64}
          autoComplete="off"
          value={typed}
          ref={field}
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
