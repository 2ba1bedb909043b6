import { describe, expect, it } from 'vitest';
import { utf8 } from '../../src/core/bytes.ts';
import { attachProof, creationProof, joinProof } from '../../src/core/relay-proofs.ts';
import { toHex } from '../support/hex.ts';
import { seededRandom } from '../support/seeded-random.ts';

const random = seededRandom('relay proofs');
const of = { relayOrigin: 'https://relay.example', nonce: random(32), channel: random(16), key: random(32) };
const { nonce: _, ...creation } = { ...of, joinKey: random(32) };
const counted = (text: string) => `${text.length.toString(16).padStart(4, '0')}${toHex(utf8(text))}`;

describe('what is signed for the relay', () => {
  it('is label, relay and fields in their order', () => {
    const rest = counted(of.relayOrigin) + toHex(of.nonce) + toHex(of.channel) + toHex(of.key);
    expect(toHex(attachProof(of))).toBe(counted('tandem/1 attach') + rest);
    expect(toHex(joinProof(of))).toBe(counted('tandem/1 join') + rest);
    expect(toHex(creationProof(creation))).toBe(
      counted('tandem/1 create') +
        counted(of.relayOrigin) +
        toHex(creation.channel) +
        toHex(creation.key) +
        toHex(creation.joinKey),
    );
  });

  it('is another when any field is another', () => {
    const changes = { relayOrigin: 'https://other.example', nonce: random(32), channel: random(16), key: random(32) };
    for (const [field, value] of Object.entries(changes)) {
      expect(attachProof({ ...of, [field]: value })).not.toEqual(attachProof(of));
      expect(joinProof({ ...of, [field]: value })).not.toEqual(joinProof(of));
    }
    expect(creationProof({ ...creation, joinKey: random(32) })).not.toEqual(creationProof(creation));
  });
});
