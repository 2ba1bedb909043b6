import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** A key and a certificate for `localhost` that nobody has signed, as files in a directory. Needs `openssl`. */
export function testCertificate(directory: string, name = 'localhost'): { certificate: string; key: string } {
  const [certificate, key] = [join(directory, `${name}.pem`), join(directory, `${name}-key.pem`)];
  const subject = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  const of = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', ...subject];
  execFileSync('openssl', ['req', '-x509', '-days', '30', ...of, '-keyout', key, '-out', certificate], {
    stdio: 'pipe',
  });
  return { certificate, key };
}
