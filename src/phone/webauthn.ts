import { base64url, fromBase64url } from '../core/bytes.ts';
import { AppError } from '../core/errors.ts';
import type { Authenticator, Ceremony, Credential as Key } from './authenticator.ts';
import { webAuthnError } from './webauthn-error.ts';

/** COSE algorithms (RFC 9053 §2, RFC 8812 §2): ES256, EdDSA, RS256. */
const algorithms = [-7, -8, -257];

export interface WebAuthnOptions {
  credentials: CredentialsContainer;
  /** The relying party: the host of the phone app. */
  rpId: string;
  rpName: string;
  /** Whether there is a platform authenticator that can verify its user. */
  isAvailable(): Promise<boolean>;
}

/** The phone's own authenticator, by WebAuthn: platform attachment, user verification required, no attestation. */
export function webAuthn({ credentials, rpId, rpName, isAvailable }: WebAuthnOptions): Authenticator {
  /** Begins at once, as the tap that allows it is soon forgotten; ends it when there is nothing to verify with. */
  async function verify(
    during: 'create' | 'get',
    { signal }: Ceremony,
    begin: (signal: AbortSignal) => Promise<Credential | null>,
  ): Promise<PublicKeyCredential> {
    if (typeof PublicKeyCredential === 'undefined') throw new AppError('verification-unavailable', 'no WebAuthn');
    const ending = new AbortController();
    signal.addEventListener('abort', () => ending.abort(signal.reason), { once: true });
    isAvailable().then(
      (available) => available || ending.abort(new AppError('verification-unavailable', 'no platform authenticator')),
      (thrown) => ending.abort(thrown),
    );
    try {
      const credential = await begin(ending.signal);
      if (!(credential instanceof PublicKeyCredential)) throw new AppError('unexpected', 'no public-key credential');
      return credential;
    } catch (thrown) {
      throw webAuthnError(during, ending.signal.aborted ? ending.signal.reason : thrown);
    }
  }

  function get(ceremony: Ceremony, { credentialId, transports }: Key): Promise<PublicKeyCredential> {
    return verify('get', ceremony, (signal) =>
      credentials.get({
        signal,
        publicKey: {
          challenge: ceremony.challenge,
          timeout: ceremony.timeoutMs,
          rpId,
          allowCredentials: [
            { type: 'public-key', id: fromBase64url(credentialId), transports: transports as AuthenticatorTransport[] },
          ],
          userVerification: 'required',
        },
      }),
    );
  }

  function create(ceremony: Ceremony, id: BufferSource, name: string): Promise<PublicKeyCredential> {
    return verify('create', ceremony, (signal) =>
      credentials.create({
        signal,
        publicKey: {
          challenge: ceremony.challenge,
          timeout: ceremony.timeoutMs,
          rp: { id: rpId, name: rpName },
          user: { id, name, displayName: name },
          pubKeyCredParams: algorithms.map((alg) => ({ type: 'public-key', alg })),
          authenticatorSelection: {
            authenticatorAttachment: 'platform',
            // It is asked for by its id and by nothing else, so it need not be found without one.
            residentKey: 'discouraged',
            userVerification: 'required',
          },
          attestation: 'none',
        },
      }),
    );
  }

  return {
    async approve(ceremony, credential) {
      const { rawId, response } = await get(ceremony, credential);
      const { clientDataJSON, authenticatorData, signature } = response as AuthenticatorAssertionResponse;
      return {
        credentialId: encoded(rawId),
        clientDataJSON: encoded(clientDataJSON),
        authenticatorData: encoded(authenticatorData),
        signature: encoded(signature),
      };
    },

    async register(ceremony, { userId, account }) {
      const { rawId, response } = await create(ceremony, userId, account);
      const { clientDataJSON, attestationObject } = response as AuthenticatorAttestationResponse;
      return {
        credentialId: encoded(rawId),
        clientDataJSON: encoded(clientDataJSON),
        attestationObject: encoded(attestationObject),
        transports: transportsOf(response),
      };
    },

    async confirm(ceremony, credential, userHandle) {
      if (credential) {
        await get(ceremony, credential);
        return { credentialId: credential.credentialId, transports: [...credential.transports] };
      }
      const { rawId, response } = await create(ceremony, userHandle, rpName);
      return { credentialId: encoded(rawId), transports: transportsOf(response) };
    },
  };
}

function transportsOf(response: AuthenticatorResponse): string[] {
  const { getTransports } = response as AuthenticatorAttestationResponse;
  // Missing in Firefox before 119.
  return (getTransports as (() => string[]) | undefined)?.call(response) ?? [];
}

function encoded(buffer: ArrayBuffer): string {
  return base64url(new Uint8Array(buffer));
}
