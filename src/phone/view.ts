import type { ErrorCode } from '../core/errors.ts';
import type { NativeRequest } from '../core/messages.ts';
import { isEnded } from '../core/request.ts';
import type { OtherLink, PairingProgress } from './pairing-progress.ts';
import { type PairingEntry, unusedMs } from './pairings.ts';
import { type HeldRequest, isNative, isObserved, keyOf, type ObservedRequest } from './storage/held-request.ts';
import type { News } from './storage/news.ts';
import { type Registration, registrationOf } from './storage/registration.ts';

/** Where the person has gone from the home screen. */
export type Place = 'home' | 'accounts' | 'browsers' | 'history' | 'mend' | 'ringing' | 'scan';

export interface PhoneState {
  readonly place: Place;
  readonly pairings: readonly PairingEntry[];
  readonly news: News | null;
  readonly registrations: readonly Registration[];
  /** Newest first. */
  readonly requests: readonly HeldRequest[];
  readonly pairing: PairingProgress | null;
  readonly personProblem: ErrorCode | null;
  /** The request that the person is being verified for. */
  readonly verifying: string | null;
  readonly problem: { readonly key: string; readonly code: ErrorCode } | null;
  /** The request that the person has opened the app for. */
  readonly wanted: string | null;
}

/** The one screen that is shown, with what is on it. */
export type View =
  | {
      readonly screen: 'home';
      readonly pairings: readonly PairingEntry[];
      readonly registrations: readonly Registration[];
      readonly news: News | null;
    }
  | { readonly screen: 'accounts'; readonly registrations: readonly Registration[] }
  | { readonly screen: 'browsers'; readonly pairings: readonly PairingEntry[] }
  | { readonly screen: 'history' }
  | { readonly screen: 'ringing' }
  | { readonly screen: 'mend' }
  | { readonly screen: 'scan' }
  | {
      /** A request of a pairing that was long not used: does that go on? */
      readonly screen: 'unused';
      readonly key: string;
      readonly held: HeldRequest;
      readonly pairing: PairingEntry;
    }
  | { readonly screen: 'pairing'; readonly failed: ErrorCode | null; readonly other: OtherLink }
  | {
      readonly screen: 'digits';
      readonly digits: string;
      readonly browser: string;
      readonly confirmed: boolean;
      /** Why the person was not verified. */
      readonly problem: ErrorCode | null;
      readonly other: OtherLink;
    }
  | {
      readonly screen: 'request';
      readonly key: string;
      readonly held: HeldRequest<NativeRequest>;
      /** Other requests that want an answer. */
      readonly waiting: number;
      readonly problem: ErrorCode | null;
      /** Registered already: to register again replaces it. */
      readonly isRegistered: boolean;
    }
  | { readonly screen: 'verifying'; readonly key: string; readonly held: HeldRequest; readonly isSent: boolean }
  | { readonly screen: 'observed'; readonly key: string; readonly held: HeldRequest<ObservedRequest> }
  | { readonly screen: 'result'; readonly key: string; readonly held: HeldRequest }
  | {
      readonly screen: 'warning';
      readonly key: string;
      readonly held: HeldRequest;
      readonly code: 'wrong-origin' | 'no-registration';
      /** Where the account is registered. */
      readonly origins: readonly string[];
    };

/**
 * A request comes before a pairing, one that waits for an answer before all that does not, and the newest first; what
 * is being verified stays, whatever comes. Of those that wait, the one that the person has come for is first.
 */
export function viewOf(state: PhoneState): View {
  return unusedView(state, requestView(state)) ?? pairingView(state) ?? places[state.place](state);
}

/** Whether it shows a request that is not over. */
export function isRequest(view: View): view is Extract<View, { screen: 'request' | 'observed' }> {
  return view.screen === 'request' || view.screen === 'observed';
}

/** In the place of what a pairing asks for that was long not used, until the person says that it goes on. */
function unusedView({ pairings }: PhoneState, view: View | null): View | null {
  if (!view || !isRequest(view)) return view;
  const { key, held } = view;
  const pairing = pairings.find((entry) => entry.pairing === held.pairing);
  const isUnused = pairing && movedAt(held) - pairing.usedAt > unusedMs;
  return isUnused ? { screen: 'unused', key, held, pairing } : view;
}

function requestView(state: PhoneState): View | null {
  const live = state.requests.filter(({ life }) => !isEnded(life));
  const verified = live.find((held) => keyOf(held) === state.verifying);
  if (verified) return { screen: 'verifying', key: keyOf(verified), held: verified, isSent: false };
  const open = live.filter(isNative).filter((held) => held.answer === undefined && canAnswer(state, held));
  const first = open.find((held) => keyOf(held) === state.wanted) ?? open[0];
  if (first) {
    const key = keyOf(first);
    return {
      screen: 'request',
      key,
      held: first,
      waiting: open.length - 1,
      problem: state.problem?.key === key ? state.problem.code : null,
      isRegistered: isRegistered(state, first),
    };
  }
  const observed = state.requests.filter(isObserved).find(({ dismissed }) => !dismissed);
  const answered = live.find(({ answer }) => answer !== undefined) ?? lastEnded(state);
  if (observed && (!answered || movedAt(answered) < (observed.life.reachedAt.detected ?? 0))) {
    return observedView(observed);
  }
  return answered ? answeredView(state, answered) : null;
}

function lastEnded({ requests }: PhoneState): HeldRequest | undefined {
  const ended = requests.filter((held) => isNative(held) && isEnded(held.life) && !held.dismissed);
  return ended.sort((left, right) => movedAt(right) - movedAt(left))[0];
}

function movedAt({ life }: HeldRequest): number {
  return life.reachedAt[life.phase] ?? 0;
}

function observedView(held: HeldRequest<ObservedRequest>): View {
  return { screen: isEnded(held.life) ? 'result' : 'observed', key: keyOf(held), held };
}

function answeredView(state: PhoneState, held: HeldRequest): View {
  const key = keyOf(held);
  return isEnded(held.life) ? endView(state, held) : { screen: 'verifying', key, held, isSent: true };
}

function endView(state: PhoneState, held: HeldRequest): View {
  const { code } = held.life;
  const key = keyOf(held);
  if (code !== 'wrong-origin' && code !== 'no-registration') return { screen: 'result', key, held };
  const { account } = held.request;
  const origins = state.registrations.filter((one) => one.account === account).map((one) => one.origin);
  return { screen: 'warning', key, held, code, origins };
}

/** A sign-in without a registration is being declined. */
function canAnswer(state: PhoneState, held: HeldRequest<NativeRequest>): boolean {
  return held.request.type === 'registration' || isRegistered(state, held);
}

function isRegistered({ registrations }: PhoneState, { request }: HeldRequest<NativeRequest>): boolean {
  return registrationOf(registrations, request) !== undefined;
}

function pairingView({ pairing, personProblem: problem }: PhoneState): View | null {
  if (!pairing) return null;
  if (pairing.stage === 'failed') return { screen: 'pairing', failed: pairing.code, other: null };
  if (pairing.stage === 'joining') return { screen: 'pairing', failed: null, other: pairing.other };
  const { stage: _, ...comparing } = pairing;
  return { screen: 'digits', ...comparing, problem };
}

const places: { readonly [Name in Place]: (state: PhoneState) => Extract<View, { screen: Name }> } = {
  ringing: () => ({ screen: 'ringing' }),
  mend: () => ({ screen: 'mend' }),
  scan: () => ({ screen: 'scan' }),
  home: ({ pairings, registrations, news }) => ({ screen: 'home', pairings, registrations, news }),
  accounts: ({ registrations }) => ({ screen: 'accounts', registrations }),
  browsers: ({ pairings }) => ({ screen: 'browsers', pairings }),
  history: () => ({ screen: 'history' }),
};

export const placeNames = Object.keys(places) as readonly Place[];
