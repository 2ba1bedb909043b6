import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Refusal } from '../core/frames.ts';
import type { Log } from './log.ts';
import type { ReceivedFrame, SentFrame } from './message-frames.ts';

/** What the relay counts while it runs. Never by channel, address or person. */
export interface Metrics {
  /** One connection more (1) or fewer (-1). */
  connections(change: 1 | -1): void;
  /** A frame that came in or goes out. */
  frame(frame: ReceivedFrame | SentFrame): void;
  /** Something that HTTP was asked for and refused. */
  refused(code: string): void;
  /** A connection that the relay ended, by its close code. */
  closed(code: number): void;
  /** From a message's arrival until it was durable, s. */
  stored(seconds: number): void;
  /** From a message's delivery until its receiver acknowledged it, s. */
  acknowledged(seconds: number): void;
  /** So many messages expired before anybody had acknowledged them. */
  expired(count: number): void;
  /** The shutdown began. */
  draining(): void;
}

export const noMetrics: Metrics = {
  connections: () => undefined,
  frame: () => undefined,
  refused: () => undefined,
  closed: () => undefined,
  stored: () => undefined,
  acknowledged: () => undefined,
  expired: () => undefined,
  draining: () => undefined,
};

/** From a tenth of a millisecond to ten seconds, s. */
const storedBuckets = [0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 2.5, 10];
/** From a millisecond to a minute, s: a phone that has to wake is slow. */
const acknowledgedBuckets = [0.001, 0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

export interface PrometheusMetrics extends Metrics {
  /** The text that Prometheus reads, and its media type. */
  text(): Promise<{ type: string; body: string }>;
  /** The same log, of which the results of Web Push are counted too. */
  counting(log: Log): Log;
}

/** Counted by prom-client, with Node's own figures (memory, event loop, collector) beside the relay's. */
export function prometheusMetrics(clock: { now(): number }): PrometheusMetrics {
  const registers = [new Registry()] as [Registry];
  collectDefaultMetrics({ register: registers[0] });
  const counter = (name: string, help: string, label?: string) =>
    new Counter({ name: `tandem_relay_${name}`, help, registers, labelNames: label ? [label] : [] });
  const gauge = (name: string, help: string) => new Gauge({ name: `tandem_relay_${name}`, help, registers });
  const histogram = (name: string, help: string, buckets: number[]) =>
    new Histogram({ name: `tandem_relay_${name}`, help, buckets, registers });

  const connections = gauge('connections', 'WebSockets that are open');
  // Of what every message does there are plain numbers, which are read when somebody asks.
  const messages = { put: 0, deliver: 0, received: 0 };
  const counted = (frame: keyof typeof messages, name: string, help: string) =>
    new Counter({
      name: `tandem_relay_${name}`,
      help,
      registers,
      collect() {
        this.reset();
        this.inc(messages[frame]);
      },
    });
  counted('put', 'puts_total', 'Messages that clients put');
  counted('deliver', 'deliveries_total', 'Messages given to a receiver, each time');
  counted('received', 'received_total', 'Senders told that their message was acknowledged');
  const refusals = counter('refusals_total', 'What was refused, by the reason that the client is told', 'code');
  const closes = counter('closes_total', 'Connections that the relay ended, by close code', 'code');
  const pushes = counter('pushes_total', 'Web Push requests, by what the push service answered', 'result');
  const expired = counter('expired_undelivered_total', 'Messages that expired before they were acknowledged');
  const stored = histogram(
    'stored_seconds',
    'From arrival until its write was done, one message of each mailbox at a time',
    storedBuckets,
  );
  const acknowledged = histogram(
    'acknowledged_seconds',
    'From delivery until the receiver acknowledged, one message of each mailbox at a time',
    acknowledgedBuckets,
  );
  let drainingSinceMs = 0;
  new Gauge({
    name: 'tandem_relay_drain_seconds',
    help: 'How long the shutdown has taken so far; 0 while there is none',
    registers,
    collect() {
      this.set(drainingSinceMs === 0 ? 0 : (clock.now() - drainingSinceMs) / 1_000);
    },
  });

  type Frame = ReceivedFrame | SentFrame;
  const refuse = (frame: Frame) => refusals.inc({ code: (frame as { code: Refusal }).code });
  const count = ({ frame }: Frame) => {
    messages[frame as keyof typeof messages]++;
  };
  const byFrame: Readonly<Partial<Record<Frame['frame'], (frame: Frame) => void>>> = {
    put: count,
    deliver: count,
    received: count,
    refused: refuse,
    rejected: refuse,
  };

  return {
    connections: (change) => connections.inc(change),
    frame: (frame) => byFrame[frame.frame]?.(frame),
    refused: (code) => refusals.inc({ code }),
    closed: (code) => closes.inc({ code }),
    stored: (seconds) => stored.observe(seconds),
    acknowledged: (seconds) => acknowledged.observe(seconds),
    expired: (count) => expired.inc(count),
    draining() {
      drainingSinceMs = clock.now();
    },
    async text() {
      return { type: registers[0].contentType, body: await registers[0].metrics() };
    },
    counting(log) {
      const counted =
        (say: Log['info']): Log['info'] =>
        (event, fields) => {
          // `failed` says why, beside a line that says what came of it.
          if (event === 'push' && fields?.result !== 'failed') pushes.inc({ result: String(fields?.result) });
          say(event, fields);
        };
      return { ...log, info: counted(log.info), warn: counted(log.warn) };
    },
  };
}
