import { signal } from '@preact/signals';
import { codeOf, type ErrorCode } from '../core/errors.ts';
import { inTurn } from '../core/in-turn.ts';
import { advance, deadline, isEnded, type RequestEvent, type RequestLife } from '../core/request.ts';
import type { PhoneParts } from './parts.ts';
import { Registrations } from './registrations.ts';
import {
  type HeldRequest,
  isNative,
  isObserved,
  isOld,
  keyOf,
  loadRequests,
  removeRequests,
  requestRecord,
} from './storage/held-request.ts';
import { historyRecord, pruneHistory } from './storage/history-record.ts';
import { type Registration, registrationRecord } from './storage/registration.ts';

/** The requests that this phone knows, stored with each change. Time ends them here. */
export class RequestBook {
  /** Newest first. */
  readonly requests = signal<readonly HeldRequest[]>([]);
  readonly registrations: Registrations;
  /** What changes them takes a turn for all of it, and calls what does so here within that. Only `tick` takes one itself. */
  readonly inTurn = inTurn();
  readonly #parts: PhoneParts;
  readonly #failed: (code: ErrorCode) => void;
  #cancelTick: () => void = () => undefined;

  /** `failed`: takes why what time has ended could not be stored. */
  constructor(parts: PhoneParts, failed: (code: ErrorCode) => void) {
    this.registrations = new Registrations(parts.vault);
    this.#parts = parts;
    this.#failed = failed;
  }

  /** Reads what is stored, before anything is changed. Throws `key-storage-broken`. */
  async load(): Promise<void> {
    const { vault, clock } = this.#parts;
    await this.registrations.load();
    this.requests.value = await loadRequests(vault);
    await this.forgetOld(clock.now());
    await pruneHistory(vault, clock.now());
  }

  find(key: string): HeldRequest | undefined {
    return this.requests.value.find((held) => keyOf(held) === key);
  }

  /** Takes in a request that came at `now`, ms, with what it changes about those before it. */
  add(fresh: HeldRequest, now: number): Promise<void> {
    return this.replace([fresh, ...this.#older(fresh, now)]);
  }

  /** The browser says that it is over. */
  async end(held: HeldRequest, event: RequestEvent): Promise<void> {
    const now = this.#parts.clock.now();
    if (isNative(held)) return this.replace([{ ...held, life: advance(held.life, event, now) }]);
    const dismissed = held.dismissed || (event.type === 'superseded' && this.#hasNewerNumber(held));
    // By a clock that was set back since its time was over it would have to live, and to time out, once more.
    const at = Math.max(now, held.life.reachedAt['timed-out'] ?? now);
    await this.replace([{ ...held, life: advance(stillOpen(held.life, at), event, at), dismissed }]);
  }

  /** Stores what has changed, all at once, then shows it. */
  async replace(changed: readonly HeldRequest[], registration?: Registration): Promise<void> {
    const news = changed.filter((held) => !this.requests.value.includes(held));
    if (news.length > 0 || registration) {
      const ended = news.filter((held) => this.find(keyOf(held))?.life !== held.life).map(historyRecord);
      await this.#parts.vault.set({
        ...requestRecord(...news),
        ...Object.assign({}, ...ended),
        ...(registration && registrationRecord(registration)),
      });
    }
    const byKey = new Map(news.map((held) => [keyOf(held), held]));
    const known = this.requests.value.map((held) => byKey.get(keyOf(held)) ?? held);
    const fresh = news.filter((held) => !this.find(keyOf(held)));
    this.requests.value = [...fresh, ...known];
    if (registration) this.registrations.keep(registration);
    this.#setTick();
  }

  /** Forgets some of them. */
  async forget(gone: readonly HeldRequest[]): Promise<void> {
    await removeRequests(this.#parts.vault, gone);
    this.requests.value = this.requests.value.filter((held) => !gone.includes(held));
  }

  /** Forgets those that ended long before `now`, ms. */
  async forgetOld(now: number): Promise<void> {
    const old = this.requests.value.filter((held) => isOld(held, now));
    if (old.length > 0) await this.forget(old);
  }

  /** Ends what time has ended. */
  tick(): Promise<void> {
    return this.inTurn(() => this.replace(this.requests.value.map((held) => this.aged(held))));
  }

  /** What time has made of it. */
  aged(held: HeldRequest): HeldRequest {
    const life = advance(held.life, { type: 'tick' }, this.#parts.clock.now());
    return life === held.life ? held : { ...held, life };
  }

  stop(): void {
    this.#cancelTick();
  }

  /**
   * What a new request changes about those before it: the same browser asks for the same sign-in but once. Of what it
   * observes it knows better, tab by tab, and says what is over.
   */
  #older(fresh: HeldRequest, now: number): HeldRequest[] {
    const { pairing, request } = fresh;
    return this.requests.value.flatMap((held) => {
      if (isEnded(held.life)) return held.dismissed ? [] : [{ ...held, dismissed: true }];
      const { origin, account } = held.request;
      if (held.pairing !== pairing || origin !== request.origin || account !== request.account) return [];
      if (isObserved(held) || isObserved(fresh)) return [];
      return [{ ...held, life: advance(held.life, { type: 'superseded' }, now), dismissed: true }];
    });
  }

  /** The number that has taken this one's place is here already. */
  #hasNewerNumber(held: HeldRequest): boolean {
    const newer = this.requests.value.slice(0, this.requests.value.indexOf(held));
    return newer.some((one) => isObserved(one) && one.pairing === held.pairing);
  }

  #setTick(): void {
    this.#cancelTick();
    const deadlines = this.requests.value.filter(({ life }) => !isEnded(life)).map(({ life }) => deadline(life));
    if (deadlines.length === 0) return;
    const afterMs = Math.max(0, Math.min(...deadlines) - this.#parts.clock.now());
    this.#cancelTick = this.#parts.clock.after(afterMs, () => {
      this.tick().catch((thrown: unknown) => this.#failed(codeOf(thrown)));
    });
  }
}

/**
 * An observed request's life for the browser's word on its end. That counts also after its time: its person was in the
 * other app, and this one asleep.
 */
function stillOpen(life: RequestLife, now: number): RequestLife {
  if (isEnded(life) && life.phase !== 'timed-out') return life;
  const phase = life.phase === 'timed-out' ? 'received' : life.phase;
  return { ...life, phase, expiresAt: Math.max(life.expiresAt, now + 1) };
}
