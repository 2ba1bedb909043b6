import { signal } from '@preact/signals';
import { codeOf, type ErrorCode } from '../core/errors.ts';
import type { PhoneParts } from './parts.ts';
import { forgetPersonKey, loadPersonKey, type PersonKey, savePersonKey } from './storage/person-key.ts';

/** How long the person may take, ms. */
const patienceMs = 60_000;

/** Has the phone verify its person where no site asks for it: before a pairing counts. */
export class PersonCheck {
  /** Why the last try came to nothing. */
  readonly problem = signal<ErrorCode | null>(null);
  readonly #parts: PhoneParts;
  #key: PersonKey | null = null;
  #ending: AbortController | null = null;

  constructor(parts: PhoneParts) {
    this.#parts = parts;
  }

  /** Throws `key-storage-broken`. */
  async load(): Promise<void> {
    this.#key = await loadPersonKey(this.#parts.vault);
  }

  /**
   * Whether it is the person, or the phone has nothing to verify them with. To be called right in the handler of the
   * tap, which the authenticator asks for.
   */
  async passes(): Promise<boolean> {
    if (this.#ending) return false;
    const { authenticator, random, vault } = this.#parts;
    const ending = new AbortController();
    this.#ending = ending;
    this.problem.value = null;
    try {
      const ceremony = { challenge: random(32), timeoutMs: patienceMs, signal: ending.signal };
      const key = await authenticator.confirm(ceremony, this.#key, random(16));
      if (!this.#key) await savePersonKey(vault, key);
      this.#key = key;
      return true;
    } catch (thrown) {
      const code = codeOf(thrown);
      if (ending.signal.aborted) return false;
      if (code === 'verification-unavailable') return true;
      // The key may be gone; the next try makes another.
      this.#key = null;
      await forgetPersonKey(vault);
      this.problem.value = code;
      return false;
    } finally {
      this.#ending = null;
    }
  }

  cancel(): void {
    this.#ending?.abort();
    this.problem.value = null;
  }
}
