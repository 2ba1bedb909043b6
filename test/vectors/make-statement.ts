import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';

// Writes statement.json from docs/protocol.md §7 alone, with Node's own SHA-256, so that the code is checked against
// the text and not against itself. `npx tsx test/vectors/make-statement.ts`

interface Fields {
  id: string;
  nonce: string;
  origin: string;
  account: string;
  decision: 'approve' | 'register';
  number: string;
}

function counted(value: string): Buffer {
  const bytes = Buffer.from(value, 'utf8');
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 255]), bytes]);
}

function hash({ id, nonce, origin, account, decision, number }: Fields): string {
  return createHash('sha256')
    .update(counted('tandem/1 statement'))
    .update(Buffer.from(id, 'base64url'))
    .update(Buffer.from(nonce, 'base64url'))
    .update(counted(origin))
    .update(counted(account))
    .update(Buffer.from([decision === 'approve' ? 0 : 1]))
    .update(counted(number))
    .digest('hex');
}

const counting = (length: number, from: number) => Buffer.from(Array.from({ length }, (_, at) => (from + at) & 255));
const base: Fields = {
  id: counting(16, 0).toString('base64url'),
  nonce: counting(32, 100).toString('base64url'),
  origin: 'https://example.com',
  account: 'ada@example.com',
  decision: 'approve',
  number: '42',
};

const valid = Object.entries<Partial<Fields>>({
  'a sign-in': {},
  'a registration': { decision: 'register', number: '' },
  'another number': { number: '43' },
  'a port': { origin: 'http://localhost:8788' },
  'an account beyond ASCII': { account: 'زينب 👩‍💻 Zoë' },
  'the longest account': { account: '葛'.repeat(256) },
}).map(([why, change]) => ({ why, statement: { ...base, ...change }, hash: hash({ ...base, ...change }) }));

const invalid = [
  { why: 'an id that is too short', code: 'malformed-message', change: { id: base.id.slice(0, -2) } },
  { why: 'a nonce that is not base64url', code: 'malformed-message', change: { nonce: `${base.nonce.slice(0, -1)}=` } },
  { why: 'an account that is too long', code: 'too-large', change: { account: 'x'.repeat(769) } },
  { why: 'a number that is too long', code: 'too-large', change: { number: '123456789' } },
].map(({ why, code, change }) => ({ why, code, statement: { ...base, ...change } }));

writeFileSync(new URL('statement.json', import.meta.url), `${JSON.stringify({ valid, invalid }, null, 2)}\n`);
