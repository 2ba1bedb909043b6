import { signal } from '@preact/signals';
import type { Answer, NativeRequest } from '../core/messages.ts';
import type { RequestEvent } from '../core/request.ts';
import type { Vault } from '../vault/vault.ts';
import {
  loadRegistrations,
  type Registration,
  type RegistrationName,
  registrationOf,
  removeRegistration,
} from './storage/registration.ts';

/**
 * The accounts that this phone may sign in. What changes one together with a request is stored with that at once, by the
 * `RequestBook`, in whose turn all that changes is called.
 */
export class Registrations {
  readonly all = signal<readonly Registration[]>([]);
  readonly #vault: Vault;

  constructor(vault: Vault) {
    this.#vault = vault;
  }

  /** Reads what is stored. Throws `key-storage-broken`. */
  async load(): Promise<void> {
    this.all.value = await loadRegistrations(this.#vault);
  }

  find(of: RegistrationName): Registration | undefined {
    return registrationOf(this.all.value, of);
  }

  /** Takes in what was stored, in the place of what was there under its name. */
  keep(registration: Registration): void {
    this.all.value = [...this.#without(registration), registration];
  }

  /** Forgets one. Throws `key-storage-broken`. */
  async remove(of: RegistrationName): Promise<void> {
    await removeRegistration(this.#vault, of);
    this.all.value = this.#without(of);
  }

  #without(of: RegistrationName): Registration[] {
    const gone = this.find(of);
    return this.all.value.filter((one) => one !== gone);
  }
}

/** What a registration is once the person was not verified for its sign-in: a key that is gone looks like that too. */
export function unconfirmed(before: Registration): Registration {
  return { ...before, unconfirmed: Math.min((before.unconfirmed ?? 0) + 1, 1_000) };
}

/** What a registration is after what came of an answer by `now`, ms; undefined where that says nothing about it. */
export function afterOutcome(
  before: Registration | undefined,
  { origin, account, site }: NativeRequest,
  answer: Answer,
  event: RequestEvent,
  now: number,
): Registration | undefined {
  const isApproved = event.type === 'approved';
  if (answer.decision === 'register') {
    const { credentialId, transports } = answer;
    // Kept even where this phone had given up waiting: the provider holds the key by now.
    return isApproved ? { origin, account, site, credentialId, transports, registeredAt: now } : undefined;
  }
  if (!before || answer.decision !== 'approve') return undefined;
  const { refusedBy: _, unconfirmed: __, ...sound } = before;
  if (isApproved) return { ...sound, lastUsedAt: now };
  const isRefused = event.type === 'failed' && event.code === 'approval-invalid';
  return isRefused ? { ...sound, refusedBy: 'approval-invalid' } : undefined;
}
