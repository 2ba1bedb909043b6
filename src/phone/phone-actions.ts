import type { Signal } from '@preact/signals';
import type { DenyReason } from '../core/request.ts';
import type { Vault } from '../vault/vault.ts';
import type { Answering } from './answering.ts';
import type { PairingUnderWay } from './pairing-under-way.ts';
import type { Pairings } from './pairings.ts';
import type { RequestBook } from './request-book.ts';
import type { RequestDesk } from './request-desk.ts';
import type { Registration } from './storage/registration.ts';
import type { Place } from './view.ts';

/** What the person can do. None of it rejects: what goes wrong is shown. */
export interface PhoneActions {
  go(to: Place): void;
  openLink(link: string): void;
  digitsMatch(): void;
  digitsDiffer(): void;
  /** Another link was opened while a pairing is under way: whether it takes that one's place. */
  answerOther(replaces: boolean): void;
  cancelPairing(): void;
  dismissPairing(): void;
  dismissNews(): void;
  unpair(pairing: string): void;
  rename(pairing: string, name: string): void;
  /** A pairing that was long not used goes on. */
  keep(pairing: string): void;
  pick(key: string, number: string): void;
  register(key: string): void;
  cancelVerification(): void;
  deny(key: string, reason: DenyReason): void;
  dismiss(key: string): void;
  unregister(registration: Registration): void;
  /** Ends all pairings, and forgets all registrations and what became of requests. */
  retire(): void;
}

export interface PhoneActionsOptions {
  place: Signal<Place>;
  vault: Vault;
  pairings: Pairings;
  pairing: PairingUnderWay;
  book: RequestBook;
  requests: RequestDesk;
  answering: Answering;
  /** Begins something that the person wants, whose failure is shown. */
  act: (work: () => Promise<void>) => void;
}

export function phoneActions(of: PhoneActionsOptions): PhoneActions {
  const { place, pairings, pairing: underWay, requests, answering, act } = of;

  async function unpair(pairing: string): Promise<void> {
    await (await pairings.open()).unpair(pairing);
    await requests.forget(pairing);
  }

  return {
    go: (to) => {
      place.value = to;
    },
    openLink: (link) =>
      act(async () => {
        place.value = 'home';
        await requests.dismissAll();
        await (await underWay.open()).start(link);
      }),
    digitsMatch: () => act(async () => underWay.desk?.match()),
    digitsDiffer: () => act(async () => underWay.desk?.refuse('digits-refused')),
    answerOther: (replaces) => act(async () => underWay.desk?.answerOther(replaces)),
    cancelPairing: () => act(async () => underWay.desk?.refuse(null)),
    dismissPairing: () => act(async () => underWay.desk?.dismiss()),
    dismissNews: () => act(() => pairings.dismissNews()),
    unpair: (pairing) => act(() => unpair(pairing)),
    rename: (pairing, name) => act(() => pairings.rename(pairing, name)),
    keep: (pairing) => act(() => pairings.used(pairing)),
    pick: (key, number) => act(() => answering.pick(key, number)),
    register: (key) => act(() => answering.register(key)),
    cancelVerification: () => answering.cancel(),
    deny: (key, reason) => act(() => requests.deny(key, reason)),
    dismiss: (key) => act(() => requests.dismiss(key)),
    unregister: (registration) => act(() => requests.unregister(registration)),
    retire: () =>
      act(async () => {
        await (await pairings.open()).retire(of);
        place.value = 'home';
      }),
  };
}
