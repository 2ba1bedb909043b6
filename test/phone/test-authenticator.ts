import { type Bytes, base64url } from '../../src/core/bytes.ts';
import { AppError } from '../../src/core/errors.ts';
import type { Assertion, Attestation, Authenticator, Ceremony, Credential } from '../../src/phone/authenticator.ts';

interface Asked {
  ceremony: Ceremony;
  succeed(): void;
  fail(thrown: unknown): void;
}

/** An authenticator whose person is the test; what it signs is the challenge itself. */
export class TestAuthenticator implements Authenticator {
  readonly asked: Asked[] = [];
  readonly credentialId = base64url(new Uint8Array(32).fill(4));

  /** What becomes of the person being verified for a pairing. */
  confirms: 'yes' | 'verification-refused' | 'verification-unavailable' = 'yes';
  /** The keys with which the person was verified so; null for a new one. */
  readonly confirmed: (string | null)[] = [];

  /** For whom keys were asked for by sites. */
  readonly userIds: string[] = [];
  /** For whom they would be made. */
  readonly userHandles = new Set<string>();

  async confirm(_: Ceremony, credential: Credential | null, userHandle: Bytes) {
    this.confirmed.push(credential?.credentialId ?? null);
    this.userHandles.add(base64url(userHandle));
    if (this.confirms !== 'yes') throw new AppError(this.confirms);
    return { credentialId: this.credentialId, transports: [] };
  }

  approve(ceremony: Ceremony, { credentialId }: { credentialId: string }): Promise<Assertion> {
    const part = base64url(ceremony.challenge);
    return this.#ask(ceremony, { credentialId, clientDataJSON: part, authenticatorData: part, signature: part });
  }

  register(ceremony: Ceremony, { userId }: { userId: Bytes }): Promise<Attestation> {
    this.userIds.push(base64url(userId));
    const part = base64url(ceremony.challenge);
    const { credentialId } = this;
    return this.#ask(ceremony, {
      credentialId,
      clientDataJSON: part,
      attestationObject: part,
      transports: ['internal'],
    });
  }

  get last(): Asked {
    const last = this.asked.at(-1);
    if (!last) throw new Error('nothing was asked of the authenticator');
    return last;
  }

  #ask<T>(ceremony: Ceremony, result: T): Promise<T> {
    return new Promise((resolve, reject) => {
      ceremony.signal.addEventListener('abort', () => reject(ceremony.signal.reason));
      this.asked.push({ ceremony, succeed: () => resolve(result), fail: reject });
    });
  }
}
