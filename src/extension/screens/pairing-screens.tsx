import type { FunctionComponent } from 'preact';
import { useEffect } from 'preact/hooks';
import { limits } from '../../core/limits.ts';
import { Countdown } from '../../ui/countdown.tsx';
import { ErrorNotice, Notice } from '../../ui/notice.tsx';
import { Sentence } from '../../ui/sentence.tsx';
import { t } from '../../ui/text.ts';
import { call } from '../messaging/call.ts';
import { openStream } from '../messaging/open-stream.ts';
import type { PairingView } from '../messaging/view.ts';
import { ActionButton } from './action-button.tsx';
import { PairingLink } from './pairing-link.tsx';
import { PairingNotice } from './pairing-notice.tsx';
import { QrCode } from './qr-code.tsx';
import { Screen } from './screen.tsx';

type At<Step extends PairingView['step']> = Extract<PairingView, { step: Step }>;

interface Props<Pairing extends PairingView> {
  pairing: Pairing;
  now: () => number;
}

/** A pairing, step by step. While it is in sight, its code is renewed. */
export function PairingScreens({ pairing, now }: Props<PairingView>) {
  useEffect(watchWhileVisible, []);
  const Step = steps[pairing.step] as FunctionComponent<Props<PairingView>>;
  return <Step pairing={pairing} now={now} />;
}

/** Tells the background whether anybody is looking; gives what ends that. */
function watchWhileVisible(): () => void {
  const nobody = () => undefined;
  let leave: () => void = nobody;
  const look = () => {
    leave();
    leave = document.hidden ? nobody : openStream('pairing-watch', silent).close;
  };
  look();
  document.addEventListener('visibilitychange', look);
  return () => {
    document.removeEventListener('visibilitychange', look);
    leave();
  };
}

const silent = { opened: () => undefined, message: () => undefined, lost: () => undefined };

function Offer({ pairing, now }: Props<At<'starting' | 'offer'>>) {
  return (
    <Screen name="pair" title={t('popup_pair')} data={{ 'data-step': pairing.step }}>
      {pairing.step === 'starting' ? (
        <p role="status">{t('popup_pair_starting')}</p>
      ) : (
        <>
          {pairing.notice && <PairingNotice code={pairing.notice} tone="warn" />}
          {pairing.trouble && <ErrorNotice code={pairing.trouble} tone="warn" />}
          <p>{t('popup_pair_how')}</p>
          <div class="offer">
            <QrCode text={pairing.link} label={t('popup_qr_label')} />
            <div class="offer-side">
              <Countdown expiresAt={pairing.expiresAt} wholeMs={limits.pairingOfferLifeMs} now={now} />
              <p class="muted">{t('popup_pair_private')}</p>
            </div>
          </div>
          <PairingLink link={pairing.link} />
        </>
      )}
      <ActionButton name="cancel" wide action={() => call('pairing/cancel', null)}>
        {t('common_cancel')}
      </ActionButton>
    </Screen>
  );
}

function SixDigits({ digits }: { digits: string }) {
  return (
    <p class="digits card" role="img" aria-label={t('popup_digits_label', [...digits].join(' '))} data-digits={digits}>
      <span aria-hidden="true">{digits.slice(0, 3)}</span> <span aria-hidden="true">{digits.slice(3)}</span>
    </p>
  );
}

function Digits({ pairing: { pairing, digits, phone } }: { pairing: At<'digits'> }) {
  return (
    <Screen name="digits" title={t('popup_digits')}>
      <SixDigits digits={digits} />
      <p>
        <Sentence of="popup_digits_what" name={phone} />
      </p>
      <ActionButton name="match" kind="primary" wide action={() => call('pairing/confirm', { pairing })}>
        {t('popup_digits_match')}
      </ActionButton>
      <ActionButton name="differ" kind="danger" wide action={() => call('pairing/refuse', { pairing })}>
        {t('popup_digits_differ')}
      </ActionButton>
    </Screen>
  );
}

function Waiting({ pairing: { pairing, digits, phone } }: { pairing: At<'waiting'> }) {
  return (
    <Screen name="waiting" title={t('popup_waiting')}>
      <SixDigits digits={digits} />
      <p role="status">
        <Sentence of="popup_waiting_what" name={phone} />
      </p>
      <ActionButton name="differ" kind="danger" wide action={() => call('pairing/refuse', { pairing })}>
        {t('popup_digits_differ')}
      </ActionButton>
    </Screen>
  );
}

function Paired({ pairing: { phone } }: { pairing: At<'paired'> }) {
  return (
    <Screen name="paired" title={t('popup_paired')}>
      <Notice tone="good" title={phone}>
        <p>
          <Sentence of="popup_paired_what" name={phone} />
        </p>
      </Notice>
      <ActionButton name="done" kind="primary" wide action={() => call('pairing/cancel', null)}>
        {t('popup_done')}
      </ActionButton>
    </Screen>
  );
}

function Failed({ pairing: { code } }: { pairing: At<'failed'> }) {
  return (
    <Screen name="pair-failed" title={t('popup_pair_failed')} data={{ 'data-code': code }}>
      <PairingNotice code={code} />
      <ActionButton name="pair" kind="primary" wide action={() => call('pairing/begin', null)}>
        {t('popup_new_code')}
      </ActionButton>
      <ActionButton name="cancel" wide action={() => call('pairing/cancel', null)}>
        {t('common_cancel')}
      </ActionButton>
    </Screen>
  );
}

const steps: { [Step in PairingView['step']]: FunctionComponent<Props<At<Step>>> } = {
  starting: Offer,
  offer: Offer,
  digits: Digits,
  waiting: Waiting,
  paired: Paired,
  failed: Failed,
};
