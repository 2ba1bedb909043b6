import { describe, expect, it } from 'vitest';
import { decode } from '../../src/core/binary.ts';
import { channelCreation, decodeClientFrame, decodeRelayFrame } from '../../src/core/frames.ts';
import { decodeMessage } from '../../src/core/messages.ts';
import { derivePairingSecrets, parsePairingLink } from '../../src/core/pairing-link.ts';
import { fromHex, toHex } from '../support/hex.ts';
import { refusal } from '../support/refusal.ts';
import { exampleFrames, exampleMessages, wireExamples } from '../support/wire-examples.ts';
import vectors from '../vectors/wire.json' with { type: 'json' };

describe('the wire, byte for byte', () => {
  it('is what its vectors say', () => {
    expect(wireExamples()).toEqual(vectors);
  });

  it.each(exampleFrames)('reads the vector of frame $frame', (frame) => {
    const encoded = fromHex((vectors.frames as Record<string, string>)[frame.frame] as string);
    const read = (encoded[0] as number) < 0x40 ? decodeRelayFrame : decodeClientFrame;
    expect(read(encoded)).toEqual(frame);
  });

  it.each(vectors.refused)('refuses the vector from a $from: $why', ({ from, hex, code }) => {
    const read = from === 'relay' ? decodeRelayFrame : decodeClientFrame;
    expect(refusal(() => read(fromHex(hex))).code).toBe(code);
  });

  it.each(Object.values(exampleMessages))('reads the vector of message $kind', (message) => {
    expect(decodeMessage(fromHex(vectors.plaintexts[message.kind]))).toEqual(message);
  });

  it('reads the vectors of a link and a channel creation', () => {
    const { secret } = parsePairingLink(vectors.pairing.link);
    expect(toHex(derivePairingSecrets(secret).channel)).toBe(vectors.pairing.channel);
    expect(toHex(decode(channelCreation, fromHex(vectors.channelCreation)).joinKey)).toBe(vectors.pairing.joinKey);
  });
});
