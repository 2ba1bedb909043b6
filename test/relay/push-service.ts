import { createDecipheriv, createECDH, createPublicKey, hkdfSync, randomBytes, verify } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ReceivedPush {
  /** Of the request, with its query. */
  path: string;
  headers: IncomingHttpHeaders;
  /** The claims of a valid VAPID token (RFC 8292), null for none or a wrong one. */
  vapid: { aud: string; sub: string; exp: number; key: string } | null;
  /** Decrypted (RFC 8291), null when there was no body. */
  payload: Uint8Array | null;
}

/** A push service on loopback, and one browser's subscription at it. */
export async function startPushService() {
  const browser = createECDH('prime256v1');
  browser.generateKeys();
  const auth = randomBytes(16);
  const received: ReceivedPush[] = [];
  const waiting: ((push: ReceivedPush) => void)[] = [];
  const service = { status: 201, headers: {} as Readonly<Record<string, string>> };
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const push = {
      path: request.url ?? '',
      headers: request.headers,
      vapid: vapidClaims(request.headers.authorization),
      payload: body.length === 0 ? null : opened(body),
    };
    response.writeHead(service.status, { location: '/elsewhere', ...service.headers }).end();
    const wanted = waiting.shift();
    if (wanted) wanted(push);
    else received.push(push);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    origin,
    /** The answers to come. */
    answer: (status: number, headers: Readonly<Record<string, string>> = {}) => {
      service.status = status;
      service.headers = headers;
    },
    subscription: {
      endpoint: `${origin}/push/1`,
      keys: { p256dh: browser.getPublicKey('base64url'), auth: auth.toString('base64url') },
    },
    /** Pushes that nobody has waited for. */
    received,
    next: (): Promise<ReceivedPush> => {
      const push = received.shift();
      return push ? Promise.resolve(push) : new Promise((resolve) => waiting.push(resolve));
    },
    async stop() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };

  function opened(body: Buffer): Uint8Array {
    const salt = body.subarray(0, 16);
    const keyBytes = body[20] as number;
    const sender = body.subarray(21, 21 + keyBytes);
    const sealed = body.subarray(21 + keyBytes);
    const info = Buffer.concat([Buffer.from('WebPush: info\0'), browser.getPublicKey(), sender]);
    const ikm = hkdf(auth, browser.computeSecret(sender), info, 32);
    const key = hkdf(salt, ikm, Buffer.from('Content-Encoding: aes128gcm\0'), 16);
    const nonce = hkdf(salt, ikm, Buffer.from('Content-Encoding: nonce\0'), 12);
    const decipher = createDecipheriv('aes-128-gcm', key, nonce);
    decipher.setAuthTag(sealed.subarray(-16));
    const plain = Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]);
    return new Uint8Array(plain.subarray(0, plain.lastIndexOf(2)));
  }
}

function hkdf(salt: Uint8Array, ikm: Uint8Array, info: Uint8Array, length: number): Buffer {
  return Buffer.from(hkdfSync('sha256', ikm, salt, info, length));
}

function vapidClaims(header = ''): ReceivedPush['vapid'] {
  const [, token = '', key = ''] = /^vapid t=([^,]+), ?k=(.+)$/.exec(header) ?? [];
  const [head, claims, signature] = token.split('.');
  if (!head || !claims || !signature) return null;
  const raw = Buffer.from(key, 'base64url');
  const publicKey = createPublicKey({
    format: 'jwk',
    key: {
      kty: 'EC',
      crv: 'P-256',
      x: raw.subarray(1, 33).toString('base64url'),
      y: raw.subarray(33).toString('base64url'),
    },
  });
  const signed = Buffer.from(`${head}.${claims}`);
  const isValid = verify(
    'sha256',
    signed,
    { key: publicKey, dsaEncoding: 'ieee-p1363' },
    Buffer.from(signature, 'base64url'),
  );
  return isValid ? { ...JSON.parse(Buffer.from(claims, 'base64url').toString()), key } : null;
}
