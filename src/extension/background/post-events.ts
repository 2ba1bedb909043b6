import { base64url } from '../../core/bytes.ts';
import type { ErrorCode } from '../../core/errors.ts';
import type { Message } from '../../core/messages.ts';
import type { Arrival, PostEvents } from '../../relay-client/post.ts';
import type { Contacts } from './contacts.ts';
import type { PairingDesk } from './pairing-desk.ts';
import type { RelayHealth } from './relay-health.ts';
import type { Requests } from './requests.ts';
import type { RingTests } from './ring-tests.ts';
import type { Unpairing } from './unpairing.ts';

export interface PostEventsOptions {
  contacts: Pick<Contacts, 'find' | 'seen' | 'presence' | 'ended' | 'pairedElsewhere'>;
  relays: Pick<RelayHealth, 'update'>;
  requests: Pick<Requests, 'phoneSaid' | 'progress' | 'pushed' | 'undeliverable' | 'connectionChanged'>;
  desk: Pick<PairingDesk, 'confirmed' | 'isReplacing' | 'peer' | 'ended' | 'unsealed'>;
  unpairing: Pick<Unpairing, 'settled' | 'attached' | 'disconnected' | 'unpaired' | 'ended'>;
  ringTests: Pick<RingTests, 'progress' | 'pushed' | 'phoneSaid'>;
  changed: () => void;
  /** Takes what went wrong on our own side. */
  report: (thrown: unknown) => void;
}

/** Who hears what comes from phones and relays. */
export function postEvents(options: PostEventsOptions): PostEvents {
  const { contacts, relays, requests, desk, unpairing, ringTests, changed, report } = options;
  const run = (work: Promise<unknown>): void => {
    work.catch(report);
  };

  async function message(from: Arrival, said: Message): Promise<void> {
    if (said.kind === 'confirm') await desk.confirmed(from.pairing);
    if (!contacts.find(from.pairing)) return;
    await contacts.seen(from.pairing);
    if (said.kind === 'paired') {
      // With this very browser, where the pairing that says so is the one whose place is taken.
      if (!desk.isReplacing(from.pairing)) await contacts.pairedElsewhere(from.pairing, said.name);
    } else if (said.kind === 'pong') ringTests.phoneSaid(from.pairing, said);
    else if (said.kind === 'unpair') await unpairing.unpaired(from.pairing);
    else await requests.phoneSaid(from, said);
  }

  async function ended(pairing: string, code: ErrorCode): Promise<void> {
    if ((await desk.ended(pairing, code)) || (await unpairing.ended(pairing, code)) || !contacts.find(pairing)) return;
    contacts.ended(pairing, code);
    requests.connectionChanged();
  }

  return {
    message,
    progress(sent, step) {
      if (step === 'received') run(unpairing.settled(sent));
      ringTests.progress(sent);
      run(requests.progress(sent, step));
    },
    undeliverable(sent, code) {
      run(unpairing.settled(sent));
      run(requests.undeliverable(sent, code));
    },
    peer(pairing, event) {
      contacts.presence(pairing, event);
      run(unpairing.attached(pairing, event === 'here' || event === 'joined'));
      if (event === 'here' || event === 'away') run(contacts.seen(pairing));
      run(desk.peer(pairing, event));
    },
    ended: (pairing, code) => run(ended(pairing, code)),
    status(relayOrigin, status, code) {
      relays.update(relayOrigin, status, code);
      if (status !== 'online') unpairing.disconnected();
      requests.connectionChanged();
      changed();
    },
    // What cannot be opened is nothing that a person could do something about; the request it was for ends by its clock.
    dropped: () => undefined,
    unsealed: (frame) => desk.unsealed(frame),
    push(pairing, event) {
      if (event.is !== 'sent') return;
      const message = base64url(event.id);
      ringTests.pushed(message, event.outcome);
      run(requests.pushed(pairing, message, event.outcome));
    },
  };
}
