import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { utf8 } from '../../src/core/bytes.ts';
import { Conversation, peek, type SharedKeys } from '../../src/core/conversation.ts';
import { agreementKeys } from '../../src/core/keys.ts';
import { propertyRuns } from '../support/property-runs.ts';
import { refusal, resultOrRefusal } from '../support/refusal.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { tamperedEverywhere, truncatedEverywhere } from '../support/tampering.ts';

const random = seededRandom('conversation');
const channel = random(16);
const psk = random(32);
const browserKeys = agreementKeys(random(32));
const phoneKeys = agreementKeys(random(32));
const browser: SharedKeys = { channel, psk, static: browserKeys, remoteStatic: phoneKeys.public };
const phone: SharedKeys = { channel, psk, static: phoneKeys, remoteStatic: browserKeys.public };
const [hello, reply, more] = [utf8('hello'), utf8('reply'), utf8('more')];

/** The conversation after its JSON went to a store and came back. */
function revived(keys: SharedKeys, conversation: Conversation): Conversation {
  return Conversation.restore(keys, random, JSON.parse(JSON.stringify(conversation)));
}

function asked(): { ours: Conversation; first: Uint8Array } {
  const { conversation, body } = Conversation.start(browser, random, hello);
  return { ours: conversation, first: body };
}

function heard(): { ours: Conversation; theirs: Conversation; first: Uint8Array } {
  const { ours, first } = asked();
  return { ours, theirs: Conversation.accept(phone, random, first).conversation, first };
}

function open(): { ours: Conversation; theirs: Conversation; first: Uint8Array; second: Uint8Array } {
  const { ours, theirs, first } = heard();
  const second = theirs.seal(reply);
  ours.open(second);
  return { ours, theirs, first, second };
}

describe('a conversation', () => {
  it('carries the first message, the reply and what follows, both ways', () => {
    const { ours, first } = asked();
    const { conversation: theirs, plaintext } = Conversation.accept(phone, random, first);
    expect(plaintext).toEqual(hello);
    expect(theirs.id).toEqual(ours.id);
    expect(ours.open(theirs.seal(reply))).toEqual(reply);
    expect(theirs.open(ours.seal(more))).toEqual(more);
    expect(ours.open(theirs.seal(hello))).toEqual(hello);
  });

  it('lets the side that began seal only after the first reply', () => {
    const { ours, theirs } = heard();
    expect(ours.canSeal).toBe(false);
    expect(theirs.canSeal).toBe(true);
    expect(refusal(() => ours.seal(more)).code).toBe('decryption-failed');
    ours.open(theirs.seal(reply));
    expect(ours.canSeal).toBe(true);
  });

  it('says of a body which conversation it belongs to', () => {
    const { ours, first, second } = open();
    expect(peek(first)).toEqual({ conversation: ours.id, first: true });
    expect(peek(second)).toEqual({ conversation: ours.id, first: false });
    expect(peek(ours.seal(more))).toEqual({ conversation: ours.id, first: false });
  });

  it('refuses bodies of another conversation', () => {
    const { theirs } = open();
    const { ours } = open();
    expect(refusal(() => ours.open(theirs.seal(more))).code).toBe('decryption-failed');
  });

  it.each<[string, Partial<SharedKeys>]>([
    ['psk', { psk: random(32) }],
    ['channel', { channel: random(16) }],
    ['static key', { static: agreementKeys(random(32)) }],
    ['peer', { remoteStatic: agreementKeys(random(32)).public }],
  ])('is not accepted with another %s', (_, change) => {
    const { first } = asked();
    expect(refusal(() => Conversation.accept({ ...phone, ...change }, random, first)).code).toBe('decryption-failed');
  });

  it('takes messages with gaps, but none twice and none from before', () => {
    const { ours, theirs } = open();
    const [lost, second, third] = [theirs.seal(hello), theirs.seal(reply), theirs.seal(more)] as const;
    expect(ours.open(second)).toEqual(reply);
    expect(refusal(() => ours.open(second)).code).toBe('replayed');
    expect(refusal(() => ours.open(lost)).code).toBe('replayed');
    expect(ours.open(third)).toEqual(more);
  });

  it('refuses handshake messages again once it is open', () => {
    const { ours, theirs, first, second } = open();
    expect(refusal(() => theirs.open(first)).code).toBe('replayed');
    expect(refusal(() => ours.open(second)).code).toBe('replayed');
  });

  it('does not take its own messages back', () => {
    const { ours, first } = asked();
    expect(refusal(() => ours.open(first)).code).toBe('decryption-failed');
    const both = open();
    const mine = both.ours.seal(more);
    expect(refusal(() => both.ours.open(mine)).code).toBe('decryption-failed');
  });

  it('refuses what cannot have its turn yet, without calling it a replay', () => {
    const early = open();
    const { ours, theirs } = heard();
    const further = early.theirs.seal(more);
    further.set(ours.id, 2);
    expect(refusal(() => ours.open(further)).code).toBe('decryption-failed');
    expect(refusal(() => theirs.open(further)).code).toBe('decryption-failed');
    const { first } = asked();
    first.set(theirs.id, 2);
    expect(refusal(() => theirs.open(first)).code).toBe('replayed');
    expect(refusal(() => Conversation.accept(phone, random, further)).code).toBe('decryption-failed');
  });
});

describe('a tampered body', () => {
  it('is refused as a first message, whatever byte is changed or missing', () => {
    const { first } = asked();
    for (const { bytes } of [...tamperedEverywhere(first), ...truncatedEverywhere(first)]) {
      const { code } = refusal(() => Conversation.accept(phone, random, bytes));
      expect(['decryption-failed', 'malformed-frame', 'unsupported-version', 'too-large']).toContain(code);
    }
  });

  it('spoils nothing as a forged second message: the true one still opens', () => {
    const { ours, theirs } = heard();
    const second = theirs.seal(reply);
    for (const { bytes } of [...tamperedEverywhere(second), ...truncatedEverywhere(second)]) {
      const { code } = refusal(() => ours.open(bytes));
      expect(['decryption-failed', 'malformed-frame', 'unsupported-version', 'too-large']).toContain(code);
    }
    expect(ours.canSeal).toBe(false);
    expect(ours.open(second)).toEqual(reply);
  });

  it('spoils nothing later either', () => {
    const { ours, theirs } = open();
    const body = theirs.seal(more);
    for (const { bytes } of [...tamperedEverywhere(body), ...truncatedEverywhere(body)]) {
      const { code } = refusal(() => ours.open(bytes));
      expect(['decryption-failed', 'malformed-frame', 'unsupported-version', 'too-large', 'replayed']).toContain(code);
    }
    expect(ours.open(body)).toEqual(more);
  });

  it('may be any bytes at all', () => {
    const { ours } = open();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        resultOrRefusal(() => peek(bytes));
        refusal(() => ours.open(bytes));
        refusal(() => Conversation.accept(phone, random, bytes));
      }),
      propertyRuns(300),
    );
  });
});

describe('a stored conversation', () => {
  it('goes on at every stage as if nothing had happened', () => {
    const { conversation, body } = Conversation.start(browser, random, hello);
    const accepted = Conversation.accept(phone, random, body);
    let ours = revived(browser, conversation);
    let theirs = revived(phone, accepted.conversation);
    expect(ours.canSeal).toBe(false);
    const second = theirs.seal(reply);
    expect(ours.open(second)).toEqual(reply);
    for (const plaintext of [hello, reply, more]) {
      ours = revived(browser, ours);
      theirs = revived(phone, theirs);
      expect(theirs.open(ours.seal(plaintext))).toEqual(plaintext);
      expect(ours.open(theirs.seal(plaintext))).toEqual(plaintext);
    }
  });

  it('still refuses what it opened before', () => {
    const { ours, theirs } = open();
    const body = theirs.seal(more);
    ours.open(body);
    expect(refusal(() => revived(browser, ours).open(body)).code).toBe('replayed');
  });

  it('never says two things with one nonce', () => {
    const { ours } = open();
    const bodies = [ours.seal(more), revived(browser, ours).seal(more)];
    expect(bodies[0]).not.toEqual(bodies[1]);
  });

  it('is refused when anything in it is wrong, naming what', () => {
    for (const conversation of [asked().ours, heard().theirs, open().ours]) {
      const saved = conversation.toJSON() as Record<string, unknown>;
      for (const field of Object.keys(saved)) {
        const { code, message } = refusal(() => Conversation.restore(browser, random, { ...saved, [field]: '!' }));
        expect(code).toBe('malformed-message');
        expect(message).toContain(`conversation.${field}`);
      }
    }
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(refusal(() => Conversation.restore(browser, random, value)).code).toBe('malformed-message');
      }),
      propertyRuns(200),
    );
  });
});

it('arrives in order or not at all, under any loss and repetition', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 11 }), { maxLength: 30 }), (deliveries) => {
      const { ours, theirs } = open();
      const bodies = Array.from({ length: 12 }, (_, at) => theirs.seal(Uint8Array.of(at)));
      let newest = -1;
      for (const at of deliveries) {
        const result = resultOrRefusal(() => ours.open(bodies[at] as Uint8Array));
        if (at > newest) expect(result).toEqual(Uint8Array.of(at));
        else expect(result).toMatchObject({ code: 'replayed' });
        newest = Math.max(newest, at);
      }
    }),
    propertyRuns(20),
  );
});
