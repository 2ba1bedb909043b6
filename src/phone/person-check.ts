import type { Signal } from '@preact/signals';
import { base64url, fromBase64url } from '../core/bytes.ts';
import { codeOf, type ErrorCode } from '../core/errors.ts';
import type { PhoneParts } from './parts.ts';
import { loadPersonKey, type PersonKey, savePersonKey } from './storage/person-key.ts';

/** How long the person may take, ms. */
const patienceMs = 60_000;

/** Has the phone verify its person where no site asks for it: before a pairing counts. */
export class PersonCheck {
  /** Why the last try came to nothing. */
  readonly problem: Signal<ErrorCode | null>;
  readonly #parts: PhoneParts;
  #person: PersonKey;
  #ending: AbortController | null = null;

  private constructor(parts: PhoneParts, problem: Signal<ErrorCode | null>, person: PersonKey) {
    this.problem = problem;
    this.#parts = parts;
    this.#person = person;
  }

  /** Reads what is stored. Throws `key-storage-broken`. */
  static async load(parts: PhoneParts, problem: Signal<ErrorCode | null>): Promise<PersonCheck> {
    const before = await loadPersonKey(parts.vault);
    return new PersonCheck(parts, problem, before ?? { userHandle: base64url(parts.random(16)) });
  }

  /**
   * Whether it is the person, or the phone has nothing to verify them with. To be called right in the handler of the
   * tap, which the authenticator asks for.
   */
  async passes(): Promise<boolean> {
    if (this.#ending) return false;
    const { authenticator, random } = this.#parts;
    const ending = new AbortController();
    this.#ending = ending;
    this.problem.value = null;
    try {
      const ceremony = { challenge: random(32), timeoutMs: patienceMs, signal: ending.signal };
      const { userHandle, key: before } = this.#person;
      const key = await authenticator.confirm(ceremony, before ?? null, fromBase64url(userHandle));
      if (!before) await this.#keep({ userHandle, key });
      return true;
    } catch (thrown) {
      const code = codeOf(thrown);
      if (ending.signal.aborted) return false;
      if (code === 'verification-unavailable') return true;
      // The key may be gone; the next try makes another, which takes its place if it is not (WebAuthn §6.3.2).
      await this.#keep({ userHandle: this.#person.userHandle });
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

  async #keep(person: PersonKey): Promise<void> {
    this.#person = person;
    await savePersonKey(this.#parts.vault, person);
  }
}
