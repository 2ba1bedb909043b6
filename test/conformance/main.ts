// Holds a relay against docs/protocol.md: `npm run conformance -- wss://relay.example`.
import { AppError } from '../../src/core/errors.ts';
import { origin as parseOrigin } from '../../src/core/parse.ts';
import { clauses } from './clauses.ts';
import { inTime, RelayUnderTest } from './relay-under-test.ts';

const clauseMs = 8_000;
const say = (line: string) => void process.stdout.write(`${line}\n`);

function originOf(given: string | undefined): string {
  try {
    return parseOrigin((given ?? '').replace(/^ws/, 'http').replace(/\/$/, ''), 'origin');
  } catch (cause) {
    throw new AppError('malformed-call', 'npm run conformance -- wss://relay.example', { cause });
  }
}

/** In one line: what an assertion compares is on lines of its own. */
function reasonOf(thrown: unknown): string {
  return (thrown instanceof Error ? thrown.message : String(thrown)).replace(/\s+/g, ' ').trim();
}

const origin = originOf(process.argv[2]);
try {
  await fetch(`${origin}/healthz`);
} catch (thrown) {
  const { cause } = thrown as { cause?: NodeJS.ErrnoException };
  say(
    `Nothing answers at ${origin} (${cause?.code ?? thrown}). Is the relay running there, with a certificate that is trusted here?`,
  );
  process.exit(1);
}
say(`${origin} beside docs/protocol.md. It creates some forty channels, which nobody joins again.`);
let broken = 0;
for (const { section, says, holds } of clauses) {
  const relay = new RelayUnderTest(origin);
  try {
    await inTime(holds(relay), clauseMs, () => relay.awaited);
    say(`holds   §${section} ${says}`);
  } catch (thrown) {
    broken++;
    say(`BROKEN  §${section} ${says}\n        ${reasonOf(thrown)}`);
  } finally {
    await relay.end();
  }
}
say(broken === 0 ? `All ${clauses.length} clauses hold.` : `${broken} of ${clauses.length} clauses are broken.`);
process.exit(broken === 0 ? 0 : 1);
