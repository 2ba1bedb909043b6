import { origin as parseOrigin } from '../../core/parse.ts';
import { type Check, checks, type Finding, type Patient } from './checks.ts';

const help = `doctor ORIGIN
  checks a relay from outside, as a phone would reach it: TLS, HTTP, store, WebSocket, clock, messages, push.
  ORIGIN is like https://relay.example; wss://relay.example means the same. It leaves nothing behind but a closed channel or two.
`;
const waitMs = 10_000;
const marks: Readonly<Record<Finding['result'], string>> = { well: 'well ', soon: 'SOON ', wrong: 'WRONG' };

/** Prints what it finds, line by line. Resolves with the exit code: 0 when nothing is wrong, 2 when it was not told where. */
export async function doctor(
  args: readonly string[],
  { print, ...part }: Pick<Patient, 'clock' | 'random'> & { print(line: string): void },
): Promise<number> {
  const origin = args.length === 1 ? originOf(args[0] as string) : null;
  if (origin === null) {
    print(help);
    return args[0] === '--help' ? 0 : 2;
  }
  const patient: Patient = { ...part, origin, waitMs };
  print(`${origin}`);
  let wrong = 0;
  for (const [at, check] of checks.entries()) {
    const { result, says, mend, isMute } = await examined(check, patient);
    if (result === 'wrong') wrong++;
    print(`${marks[result]}  ${check.name}: ${says}`);
    if (mend) print(`         ${mend}`);
    if (!isMute || !check.isGround) continue;
    const others = checks.slice(at + 1).map(({ name }) => name);
    print(`Not asked, as that comes first: ${others.join(', ')}. Ask again once it is mended.`);
    return 1;
  }
  print(wrong === 0 ? 'Nothing is wrong.' : `${wrong} of ${checks.length} are wrong. Mend the first one first.`);
  return wrong === 0 ? 0 : 1;
}

/** `isMute`: it could not say. */
async function examined({ examine, mend }: Check, patient: Patient): Promise<Finding & { isMute?: true }> {
  try {
    return await examine(patient);
  } catch (thrown) {
    return { result: 'wrong', says: reasonOf(thrown), mend, isMute: true };
  }
}

/** What the network said, which `fetch` wraps. */
function reasonOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  return thrown instanceof TypeError && thrown.cause instanceof Error ? thrown.cause.message : thrown.message;
}

function originOf(given: string): string | null {
  try {
    return parseOrigin(given.replace(/^ws/, 'http').replace(/\/$/, ''), 'origin');
  } catch {
    return null;
  }
}
