import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { AppError } from '../core/errors.ts';

/** PEM. */
export interface Certificate {
  /** With its chain. */
  cert: Buffer;
  key: Buffer;
}

/**
 * A certificate and its key from their files. Throws `malformed-call` where they cannot be read or are not each other's: OpenSSL
 * takes an RSA key beside a certificate for another kind of key, and then no handshake succeeds.
 */
export function readCertificate(files: { certificate: string; key: string }): Certificate {
  const cert = readFileSync(files.certificate);
  const key = readFileSync(files.key);
  if (!areOneAnothers(cert, key)) {
    throw new AppError(
      'malformed-call',
      `The key in ${files.key} is not that of the first certificate in ${files.certificate}. Name the two that were issued together`,
    );
  }
  return { cert, key };
}

function areOneAnothers(cert: Buffer, key: Buffer): boolean {
  try {
    return new X509Certificate(cert).checkPrivateKey(createPrivateKey(key));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new AppError(
      'malformed-call',
      `The certificate and its key cannot be used (${why}). Both must be PEM, the certificate before its chain, the key without a passphrase`,
      { cause },
    );
  }
}
