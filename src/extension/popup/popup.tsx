import type { View } from '../messaging/view.ts';
import { Lost } from '../screens/lost.tsx';
import { PairingScreens } from '../screens/pairing-screens.tsx';
import type { WatchedView } from '../screens/watch-view.ts';
import { EndedRequest } from './ended-request.tsx';
import { Fault } from './fault.tsx';
import { Idle } from './idle.tsx';
import { LiveRequest } from './live-request.tsx';
import { ObservedRequest } from './observed-request.tsx';
import { RingTest } from './ring-test.tsx';
import { Warning } from './warning.tsx';

interface Props extends WatchedView {
  now: () => number;
}

/** The toolbar popup: shows what the background pushed, and nothing before. */
export function Popup({ view, lost, now }: Props) {
  if (lost.value) return <Lost />;
  return view.value && <Shown view={view.value} now={now} />;
}

/** What matters most of all that there is: a page to be warned of, then a request, which runs out. */
function Shown({ view, now }: { view: View; now: () => number }) {
  const { request, warning, pairing, ended, fault, phones, ringTests } = view;
  const asked = ringTests.find(({ isAsked }) => isAsked);
  if (warning && warning.suspicion !== 'ask') return <Warning key={warning.id} warning={warning} />;
  if (request?.type === 'observed')
    return <ObservedRequest key={request.id} request={request} phones={phones} now={now} />;
  if (request) return <LiveRequest key={request.id} request={request} now={now} />;
  if (fault) return <Fault code={fault} />;
  if (warning) return <Warning key={warning.id} warning={warning} />;
  if (pairing) return <PairingScreens pairing={pairing} now={now} />;
  if (asked) return <RingTest test={asked} />;
  if (ended) return <EndedRequest key={ended.id} request={ended} ringTests={ringTests} />;
  return <Idle view={view} />;
}
