import { limits } from '../../core/limits.ts';
import { type Answer, type NativeRequest, type PhoneRequest, parseAnswer, parseMessage } from '../../core/messages.ts';
import { orNull } from '../../core/or-null.ts';
import { boolean, encodedBytes, object, optional, string } from '../../core/parse.ts';
import { deadline, isEnded, type RequestLife } from '../../core/request.ts';
import { requestLife } from '../../core/request-life.ts';
import type { Vault } from '../../vault/vault.ts';

/** A request as this phone keeps it. */
export interface HeldRequest<Request extends PhoneRequest = PhoneRequest> {
  readonly pairing: string;
  /** In which it is answered. */
  readonly conversation: string;
  readonly request: Request;
  /** What the browser calls itself, where the request has the name that the person gave it. */
  readonly system?: string | undefined;
  /** By this device's clock. */
  readonly life: RequestLife;
  /** What was decided, from before it is sent. */
  readonly answer?: Answer | undefined;
  /** The person has seen how it ended, or need not; of an observed one: wants it out of sight. */
  readonly dismissed: boolean;
}

export type ObservedRequest = Extract<PhoneRequest, { type: 'observed' }>;

/** Whether it is this phone that answers it. */
export function isNative(held: HeldRequest): held is HeldRequest<NativeRequest> {
  return held.request.type !== 'observed';
}

export function isObserved(held: HeldRequest): held is HeldRequest<ObservedRequest> {
  return held.request.type === 'observed';
}

/** Whether the person has still to turn to it. */
export function isUnseen({ life, answer, dismissed }: HeldRequest): boolean {
  return !isEnded(life) && answer === undefined && !dismissed && life.phase !== 'opened';
}

/** How long an ended request is still shown, and its id known, ms: as long as any request could live. */
const endedLifeMs = limits.longestRequestLifeMs;
/** Requests of one browser within that time: twice what its extension lets a page ask for. More are declined unseen. */
const mostOfBrowser = 64;

/** Whether it is to be forgotten by `now`, ms. */
export function isOld({ life }: HeldRequest, now: number): boolean {
  return deadline(life) + endedLifeMs < now;
}

/** Whether a browser has asked for so much by `now`, ms, that more of it is declined. */
export function isCrowded(held: readonly HeldRequest[], pairing: string, now: number): boolean {
  return held.filter((one) => one.pairing === pairing && !isOld(one, now)).length >= mostOfBrowser;
}

const id = encodedBytes(16);
const saved = object({
  pairing: id,
  conversation: id,
  request: parseRequest,
  system: optional(string(limits.nameCharacters)),
  life: requestLife,
  answer: optional(parseAnswer),
  dismissed: boolean,
});

const prefix = 'request:';

/** What names a request: its id, of which only the browser that drew it can say that it is unique. */
export function requestKey({ pairing, id }: { pairing: string; id: string }): string {
  return `${pairing}:${id}`;
}

export function keyOf({ pairing, request }: HeldRequest): string {
  return requestKey({ pairing, id: request.id });
}

/** Newest first; forgets what cannot be read, which no request outlives for long. Throws `key-storage-broken`. */
export async function loadRequests(vault: Vault): Promise<HeldRequest[]> {
  const entries = await vault.entries(prefix);
  const read = entries.map(([key, value]) => ({ key, held: orNull(() => saved(value, key)) }));
  const unreadable = read.filter(({ held }) => held === null).map(({ key }) => key);
  if (unreadable.length > 0) await vault.remove(unreadable);
  return read.flatMap(({ held }) => held ?? []).sort((left, right) => arrivedAt(right) - arrivedAt(left));
}

/** Null for one that is not held, or cannot be read. Throws `key-storage-broken`. */
export async function loadRequest(vault: Vault, key: string): Promise<HeldRequest | null> {
  const value = await vault.get(prefix + key);
  return orNull(() => saved(value, key));
}

export function requestRecord(...held: readonly HeldRequest[]): Record<string, HeldRequest> {
  return Object.fromEntries(held.map((one) => [prefix + keyOf(one), one]));
}

export function removeRequests(vault: Vault, held: readonly HeldRequest[]): Promise<void> {
  return vault.remove(held.map((one) => prefix + keyOf(one)));
}

function arrivedAt({ life }: HeldRequest): number {
  return life.reachedAt.detected ?? 0;
}

function parseRequest(value: unknown): PhoneRequest {
  const message = parseMessage({ kind: 'request', request: value });
  if (message.kind !== 'request') throw new TypeError('a request was parsed as something else');
  return message.request;
}
