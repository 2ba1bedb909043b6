import { text } from '../../core/bytes.ts';
import { AppError } from '../../core/errors.ts';

/**
 * Which layout a store has, under the name of a setting: of its records, of a journal before it, and of what relays tell each other
 * through Redis. To be changed with any of them, as a relay of another version would take one thing for another.
 */
export const layoutMark = { name: 'layout', value: '1' } as const;

/** Throws `unsupported-version` for what a relay with another layout has stored. `where`: for people. */
export function checkLayoutMark(found: Uint8Array, where: string): void {
  const other = text(found);
  if (other === layoutMark.value) return;
  throw new AppError(
    'unsupported-version',
    `What is stored ${where} has layout ${JSON.stringify(other)}, and this version of the relay knows ${layoutMark.value} alone. ` +
      'Start the version that stored it, put back a backup of before it, or begin anew elsewhere',
  );
}
