// Holds a relay against docs/protocol.md: `npm run conformance -- wss://relay.example`.
import { AppError } from '../../src/core/errors.ts';
import { origin as parseOrigin } from '../../src/core/parse.ts';
import { clauses } from './clauses.ts';
import { inTime, RelayUnderTest } from './relay-under-test.ts';

const clauseMs = 8_000;
const say = (line: string) => void process.stdout.write(`${line}\n`);

function giveUp(why: string): never {
  say(why);
  process.exit(1);
}

function originOf(given: string | undefined): string {
  try {
    return parseOrigin((given ?? '').replace(/^ws/, 'http').replace(/\/$/, ''), 'origin');
  } catch (thrown) {
    if (!(thrown instanceof AppError)) throw thrown;
    return giveUp(
      'Say the origin of a relay, over ws or http on this computer alone: npm run conformance -- wss://relay.example',
    );
  }
}

/** In one line: what an assertion compares is on lines of its own. */
function reasonOf(thrown: unknown): string {
  return (thrown instanceof Error ? thrown.message : String(thrown)).replace(/\s+/g, ' ').trim();
}

/** Ends here where nothing answers, nobody is greeted, or it is another that is asked for: then no clause can be asked about. */
async function mustAnswer(origin: string): Promise<void> {
  try {
    await fetch(`${origin}/healthz`);
  } catch (thrown) {
    const { cause } = thrown as { cause?: NodeJS.ErrnoException };
    giveUp(`Nothing answers at ${origin} (${cause?.code ?? thrown}): no relay there, or no certificate trusted here.`);
  }
  const relay = new RelayUnderTest(origin);
  try {
    await inTime(relay.connect(), clauseMs, () => 'hello');
  } catch (thrown) {
    giveUp(`BROKEN  §2.1 hello is the relay’s first frame: ${reasonOf(thrown)}\nWithout it nothing else can be asked.`);
  }
  await inTime(relay.created(), clauseMs, () => relay.awaited).catch((thrown) => {
    // Anything else is for a clause to say.
    if (!reasonOf(thrown).includes('bad-signature')) return;
    giveUp(
      `BROKEN  §3 a creation that is signed for ${origin} is refused: ${reasonOf(thrown)}\n` +
        'It does not know itself by that name. Ask at the one that it has, or start it with this one (ours: --origin).',
    );
  });
  await relay.end();
}

// Whoever reads it has enough (`| head -1`): it ends, as a shell reports a program that SIGPIPE ended.
process.stdout.on('error', (thrown: NodeJS.ErrnoException) => {
  if (thrown.code !== 'EPIPE') throw thrown;
  process.exit(128 + 13);
});
const origin = originOf(process.argv[2]);
say(`${origin} beside docs/protocol.md. It creates some forty channels, which nobody joins again.`);
await mustAnswer(origin);
let broken = 0;
for (const { section, says, holds } of clauses) {
  const relay = new RelayUnderTest(origin);
  try {
    await inTime(holds(relay), clauseMs, () => `${relay.awaited} (but ${relay.came})`);
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
