import { createHmac } from 'node:crypto';
import { type DestinationStream, pino } from 'pino';
import type { Random } from '../core/keys.ts';

export type LogFields = Readonly<Record<string, string | number | boolean>>;

/** Structured and without bodies, addresses and keys. */
export interface Log {
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  /** What stands for a channel in the log: the same within a day, meaningless beyond it. */
  channel(id: Uint8Array): string;
}

export const logLevels = ['info', 'warn', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

const dayMs = 24 * 3_600_000;
/** Lines of one event in a second: whoever is refused again and again must not fill the disk of whoever reads of it. */
const linesPerSecond = 100;

/**
 * Errors of others quote what they were about: URLs, addresses, and in them whatever somebody sent. What looks like one
 * is taken out, and so is every run of 16 characters or more that could be an encoded key or id.
 */
const telling: readonly [RegExp, string][] = [
  [/\b[a-z][a-z+.-]*:\/\/[^\s"']+/gi, '[url]'],
  [/\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b/g, '[address]'],
  // All eight groups, or `::`, which stands in other texts too: between words.
  [/(?<![\w.])(?=[\da-f:.]*(?:::|(?:[\da-f]{1,4}:){7}))[\da-f:.]{2,}(?![\w:])/gi, '[address]'],
  // Names of errors, which are capitals alone, are let through.
  [/(?<![\w+/=-])(?![A-Z_]+(?![\w+/=-]))[\w+/=-]{16,}/g, '[…]'],
];

function withoutSecrets(error: unknown): string {
  return telling.reduce((text, [pattern, instead]) => text.replace(pattern, instead), String(error));
}

/** One JSON object per line, by pino; of one event so many in a second, and then how many were left out. The key that hashes ids is drawn anew each day (UTC) and kept nowhere. */
export function structuredLog(options: {
  destination: DestinationStream;
  level: LogLevel;
  clock: { now(): number };
  random: Random;
}): Log {
  const { destination, level, clock, random } = options;
  let day = -1;
  let key = new Uint8Array(0);
  const lines = pino(
    {
      level,
      base: null,
      messageKey: 'event',
      timestamp: () => `,"time":"${new Date(clock.now()).toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: withoutSecrets },
    },
    destination,
  );
  const said = new Map<string, number>();
  let second = 0;
  /** Whether one more line of an event may be said in this second; of those that may not the number is said in the next. */
  const mayBeSaid = (event: string) => {
    const now = Math.floor(clock.now() / 1_000);
    if (now !== second) {
      second = now;
      for (const [of, count] of said) {
        if (count > linesPerSecond) lines.warn({ of, count: count - linesPerSecond }, 'left-out');
      }
      said.clear();
    }
    const count = (said.get(event) ?? 0) + 1;
    said.set(event, count);
    return count <= linesPerSecond;
  };
  const say =
    (level: 'info' | 'warn'): Log['info'] =>
    (event, fields = {}) => {
      if (mayBeSaid(event)) lines[level](fields, event);
    };
  return {
    info: say('info'),
    warn: say('warn'),
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
