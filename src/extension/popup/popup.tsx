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

/** The toolbar popup: shows what the background pushed, and nothing before. */
export function Popup({ view, lost }: WatchedView) {
  if (lost.value) return <Lost />;
  return view.value && <Now view={view.value} />;
}

/** What matters most of all that there is: a page to be warned of, then a request, which runs out. */
function Now({ view }: { view: View }) {
  const { request, warning, pairing, ended, fault, phones, ringTests } = view;
  const asked = ringTests.find(({ isAsked }) => isAsked);
  if (warning && warning.suspicion !== 'ask') return <Warning key={warning.id} warning={warning} />;
  if (request?.type === 'observed') return <ObservedRequest key={request.id} request={request} phones={phones} />;
  if (request) return <LiveRequest key={request.id} request={request} />;
  if (fault) return <Fault code={fault} />;
  if (warning) return <Warning key={warning.id} warning={warning} />;
  if (pairing) return <PairingScreens pairing={pairing} />;
  if (asked) return <RingTest test={asked} />;
  if (ended) return <EndedRequest key={ended.id} request={ended} ringTests={ringTests} />;
  return <Idle view={view} />;
}
