import type { DenyReason } from '../core/request.ts';
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
