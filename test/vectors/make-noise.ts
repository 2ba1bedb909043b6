import { writeFileSync } from 'node:fs';
import { agreementKeys } from '../../src/core/keys.ts';
import { type PatternName, patterns } from '../../src/core/noise/patterns.ts';
import { play } from '../core/noise/vector.ts';
import { toHex } from '../support/hex.ts';
import { seededRandom } from '../support/seeded-random.ts';

// Writes noise.json: what this implementation says, once it has passed the published vectors.
// `npx tsx test/vectors/make-noise.ts && npm run format`

function vector(pattern: PatternName, seed: string, prologueBytes: number, payloadBytes: readonly number[]) {
  const random = seededRandom(`${pattern} ${seed}`);
  const [ours, theirs] = [agreementKeys(random(32)), agreementKeys(random(32))];
  const [prologue, psk] = [toHex(random(prologueBytes)), toHex(random(32))];
  const keys = {
    protocol_name: patterns[pattern].name,
    init_prologue: prologue,
    init_psks: [psk],
    init_static: toHex(ours.secret),
    init_ephemeral: toHex(random(32)),
    init_remote_static: toHex(theirs.public),
    resp_prologue: prologue,
    resp_psks: [psk],
    resp_static: toHex(theirs.secret),
    resp_ephemeral: toHex(random(32)),
    ...(pattern === 'KKpsk0' ? { resp_remote_static: toHex(ours.public) } : {}),
  };
  return play(
    keys,
    payloadBytes.map((length) => toHex(random(length))),
  );
}

const vectors = (Object.keys(patterns) as PatternName[]).flatMap((pattern) => [
  vector(pattern, 'nothing to say', 0, [0, 0, 0, 0]),
  vector(pattern, 'odd lengths', 7, [1, 15, 16, 17, 63, 64, 65]),
  vector(pattern, 'padded messages', 37, [256, 256, 512]),
]);
writeFileSync(new URL('noise.json', import.meta.url), `${JSON.stringify(vectors, null, 2)}\n`);
