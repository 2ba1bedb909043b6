import { base64url } from '../../src/core/bytes.ts';
import type { Assertion, Attestation, Authenticator, Ceremony } from '../../src/phone/authenticator.ts';

interface Asked {
  ceremony: Ceremony;
  succeed(): void;
  fail(thrown: unknown): void;
}

/** An authenticator whose person is the test; what it signs is the challenge itself. */
export class TestAuthenticator implements Authenticator {
  readonly asked: Asked[] = [];
  readonly credentialId = base64url(new Uint8Array(32).fill(4));

  approve(ceremony: Ceremony, { credentialId }: { credentialId: string }): Promise<Assertion> {
    const part = base64url(ceremony.challenge);
    return this.#ask(ceremony, { credentialId, clientDataJSON: part, authenticatorData: part, signature: part });
  }

  register(ceremony: Ceremony): Promise<Attestation> {
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
