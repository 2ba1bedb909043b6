import type { ReadonlySignal } from '@preact/signals';
import type { FunctionComponent } from 'preact';
import { ErrorNotice } from '../../ui/notice.tsx';
import type { Vault } from '../../vault/vault.ts';
import type { Phone } from '../phone.ts';
import type { PhoneActions } from '../phone-actions.ts';
import type { Ringing } from '../ringing.ts';
import type { Shell, ShellState } from '../shell.ts';
import type { View } from '../view.ts';
import { Broken } from './broken.tsx';
import { Home } from './home.tsx';
import { later } from './later.tsx';
import { Request } from './request.tsx';
import { Starting } from './starting.tsx';
import { Verifying } from './verifying.tsx';

/** What every screen is handed beside its part of the view. */
export interface ScreenProps<Name extends View['screen']> {
  view: Extract<View, { screen: Name }>;
  actions: PhoneActions;
  vault: Vault;
  /** The clock by which requests expire, ms. */
  now: () => number;
  /** How far this device's clock is ahead of the relay's, ms; null while that is unknown. */
  clockAheadMs: () => number | null;
  /** No tap is taken just now. */
  settling: boolean;
  /** Null until it is loaded. */
  ringing: Ringing | null;
}

/** How a request ended: loaded before one can, as the network may end with it. */
export const Result = later(async () => (await import('./result.tsx')).Result);

const screens: { readonly [Name in View['screen']]: FunctionComponent<ScreenProps<Name>> } = {
  home: Home,
  accounts: later(async () => (await import('./accounts.tsx')).Accounts),
  browsers: later(async () => (await import('./browsers.tsx')).Browsers),
  mend: later(async () => (await import('./mend.tsx')).Mend),
  scan: later(async () => (await import('./scan.tsx')).Scan),
  unused: later(async () => (await import('./unused.tsx')).Unused),
  history: later(async () => (await import('./history.tsx')).History),
  ringing: later(async () => (await import('./ringing.tsx')).Ringing),
  pairing: later(async () => (await import('./pairing.tsx')).Pairing),
  digits: later(async () => (await import('./digits.tsx')).Digits),
  request: Request,
  observed: later(async () => (await import('./observed.tsx')).Observed),
  verifying: Verifying,
  result: Result,
  warning: later(async () => (await import('./warning.tsx')).Warning),
};

const Elsewhere = later(async () => (await import('./elsewhere.tsx')).Elsewhere);
const StartAfresh = later(async () => (await import('./start-afresh.tsx')).StartAfresh, null);

const shells: {
  readonly [Is in ShellState['is']]: (
    state: Extract<ShellState, { is: Is }>,
    shell: Shell,
    ringing: Ringing | null,
  ) => preact.JSX.Element;
} = {
  starting: () => <Starting />,
  elsewhere: (_, shell) => <Elsewhere onUse={() => shell.lead()} />,
  // Where only the network is missing, nothing that is kept here is to blame.
  broken: ({ code }) => <Broken code={code}>{code === 'site-unreachable' ? null : <StartAfresh />}</Broken>,
  leading: ({ phone }, shell, ringing) => (
    <Leading phone={phone} isResting={shell.phone.value !== phone} ringing={ringing} />
  ),
};

export function App({ shell, ringing }: { shell: Shell; ringing: ReadonlySignal<Ringing | null> }) {
  const state = shell.state.value;
  const show = shells[state.is] as (state: ShellState, shell: Shell, ringing: Ringing | null) => preact.JSX.Element;
  return show(state, shell, ringing.value);
}

interface LeadingProps {
  phone: Phone;
  /** It has let go of all that it does, until it leads again. */
  isResting: boolean;
  ringing: Ringing | null;
}

function Leading({ phone, isResting, ringing }: LeadingProps) {
  const view = phone.view.value;
  const Shown = screens[view.screen] as FunctionComponent<ScreenProps<View['screen']>>;
  const fault = phone.fault.value;
  const trouble = phone.trouble.value;
  return (
    <>
      {fault ? <ErrorNotice code={fault} /> : null}
      {trouble && !fault ? <ErrorNotice code={trouble} tone="warn" /> : null}
      <Shown
        key={`${view.screen} ${'key' in view ? view.key : ''}`}
        view={view}
        actions={phone.actions}
        vault={phone.vault}
        clockAheadMs={phone.clockAheadMs}
        now={phone.now}
        settling={isResting || phone.settling.value}
        ringing={ringing}
      />
    </>
  );
}
