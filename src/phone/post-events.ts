import type { Message } from '../core/messages.ts';
import type { Arrival, PostEvents } from '../relay-client/post.ts';
import type { PairingUnderWay } from './pairing-under-way.ts';
import type { Pairings } from './pairings.ts';
import type { PhoneParts } from './parts.ts';
import type { RelayPresence } from './relay-presence.ts';
import type { RequestDesk } from './request-desk.ts';

export interface PostEventsOptions {
  parts: Pick<PhoneParts, 'pinged' | 'push'>;
  pairings: Pairings;
  pairing: PairingUnderWay;
  requests: RequestDesk;
  relay: RelayPresence;
  /** Resolves once there is a post, before which nothing is known of it. */
  ready: Promise<unknown>;
  /** A relay has said what became of a message of ours. */
  told: () => void;
  /** Begins something whose failure is shown. */
  act: (work: () => Promise<void>) => void;
}

/** Who hears what browsers say and the relay tells. */
export function postEvents(of: PostEventsOptions): PostEvents {
  const { parts, pairings, pairing: underWay, requests, relay, act, told } = of;

  async function message(from: Arrival, said: Message): Promise<void> {
    await of.ready;
    // What cannot be told to the pairing under way stays for the next start.
    const desk = underWay.isLeft && !pairings.find(from.pairing) ? await underWay.open() : underWay.desk;
    if (said.kind === 'confirm') return desk?.confirmedThere(from.pairing);
    // A browser that has both people's word asks at once, which may be before this phone has stored its pairing.
    if (desk?.concerns(from.pairing)) await desk.settled();
    const pairing = pairings.find(from.pairing);
    if (!pairing) return;
    await pairings.seen(from.pairing);
    const { browser, system } = pairing;
    // Under the name that the person saw when pairing: one browser must not pass itself off as another.
    if (said.kind === 'request') await requests.arrive(from, { ...said.request, browser }, system);
    if (said.kind === 'withdraw') await requests.withdraw(from, said);
    if (said.kind === 'outcome') await requests.outcome(from, said);
    if (said.kind === 'ping') await parts.pinged(from.pairing, said.id);
    if (said.kind === 'paired') await pairings.pairedElsewhere(from.pairing, said.name);
    if (said.kind === 'unpair') {
      await (await pairings.open()).unpaired(from.pairing);
      await requests.forget(from.pairing);
    }
  }

  return {
    message,
    progress: (sent, step) => {
      told();
      // A channel that is closed before takes the word that waits in it along.
      if (step === 'received') act(async () => pairings.unpairing?.goodbyes.settled(sent));
    },
    undeliverable: (sent) => {
      told();
      act(async () => pairings.unpairing?.goodbyes.settled(sent));
    },
    peer: (pairing, event) => {
      act(() => pairings.attached(pairing, event === 'here'));
      relay.opened(pairing);
      if (event === 'here') act(() => pairings.seen(pairing));
      act(async () => underWay.desk?.attached(pairing));
    },
    ended: (pairing, code) =>
      act(async () => {
        const { desk } = underWay;
        await (desk?.concerns(pairing) ? desk : pairings).ended(pairing, code);
      }),
    status: (_, status, code) => {
      relay.became(status, code);
      if (status !== 'online') pairings.unpairing?.goodbyes.disconnected();
    },
    // What cannot be read is not shown: a hostile relay could fill the screen with it.
    dropped: () => undefined,
    unsealed: async (frame) => underWay.desk?.unsealed(frame),
    push: (pairing, event) => parts.push(pairing, event),
  };
}
