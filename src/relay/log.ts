import { createHmac } from 'node:crypto';
import type { Random } from '../core/keys.ts';

export type LogFields = Readonly<Record<string, string | number | boolean>>;

/** Structured and without bodies, addresses and keys. */
export interface Log {
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  /** What stands for a channel in the log: the same within a day, meaningless beyond it. */
  channel(id: Uint8Array): string;
}

const dayMs = 24 * 3_600_000;

/** One JSON object per line. The key that hashes ids is drawn anew each day (UTC) and kept nowhere. */
export function jsonLog(options: { write(line: string): void; clock: { now(): number }; random: Random }): Log {
  const { write, clock, random } = options;
  let day = -1;
  let key = new Uint8Array(0);
  const line = (level: string) => (event: string, fields?: LogFields) =>
    write(`${JSON.stringify({ time: new Date(clock.now()).toISOString(), level, event, ...fields })}\n`);
  return {
    info: line('info'),
    warn: line('warn'),
    channel(id) {
      const today = Math.floor(clock.now() / dayMs);
      if (today !== day) {
        day = today;
        key = random(32);
      }
      return createHmac('sha256', key).update(id).digest('base64url').slice(0, 12);
    },
  };
}
