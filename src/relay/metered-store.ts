import type { Metrics } from './metrics.ts';
import type { MailboxStore, Message, NewMessage, OpenMailbox, Put, Watcher } from './stores/mailbox-store.ts';

/** Tells how long storing and acknowledging take, and passes everything on. */
export function meteredStore(store: MailboxStore, metrics: Metrics, clock: { now(): number }): MailboxStore {
  return {
    create: (...asked) => store.create(...asked),
    find: (channel) => store.find(channel),
    join: (...asked) => store.join(...asked),
    async open(channel, side, since, watcher) {
      const metered = new MeteredMailbox(watcher, metrics, clock);
      const mailbox = await store.open(channel, side, since, metered);
      return mailbox && metered.over(mailbox);
    },
    subscription: (channel, side) => store.subscription(channel, side),
    unsubscribe: (...asked) => store.unsubscribe(...asked),
    keep: (...asked) => store.keep(...asked),
    sweep: () => store.sweep(),
    probe: () => store.probe(),
    close: () => store.close(),
  };
}

/** One open mailbox and who watches it: both sides of what the store hears and says. */
class MeteredMailbox implements Watcher, OpenMailbox {
  readonly #watcher: Watcher;
  readonly #metrics: Metrics;
  readonly #clock: { now(): number };
  #mailbox: OpenMailbox | null = null;
  /** The delivery whose acknowledgement is waited for; 0 for none. */
  #seq = 0;
  #deliveredMs = 0;

  constructor(watcher: Watcher, metrics: Metrics, clock: { now(): number }) {
    this.#watcher = watcher;
    this.#metrics = metrics;
    this.#clock = clock;
  }

  over(mailbox: OpenMailbox): OpenMailbox {
    this.#mailbox = mailbox;
    return this;
  }

  opened(...said: Parameters<Watcher['opened']>): void {
    this.#watcher.opened(...said);
  }

  deliver(message: Message): void {
    if (this.#seq === 0) {
      this.#seq = message.seq;
      this.#deliveredMs = this.#clock.now();
    }
    this.#watcher.deliver(message);
  }

  received(id: Uint8Array): void {
    this.#watcher.received(id);
  }

  peer(...said: Parameters<Watcher['peer']>): void {
    this.#watcher.peer(...said);
  }

  displaced(): void {
    this.#watcher.displaced();
  }

  closed(): void {
    this.#watcher.closed();
  }

  put(message: NewMessage): Promise<Put> {
    const fromMs = this.#clock.now();
    const put = this.#opened.put(message);
    put.then(
      (outcome) => 'refused' in outcome || this.#metrics.stored((this.#clock.now() - fromMs) / 1_000),
      // Whoever asked hears of it.
      () => undefined,
    );
    return put;
  }

  acknowledge(seq: number): void {
    if (this.#seq !== 0 && seq >= this.#seq) {
      this.#metrics.acknowledged((this.#clock.now() - this.#deliveredMs) / 1_000);
      this.#seq = 0;
    }
    this.#opened.acknowledge(seq);
  }

  subscribe(subscription: string): Promise<void> {
    return this.#opened.subscribe(subscription);
  }

  close(): Promise<void> {
    return this.#opened.close();
  }

  leave(): void {
    this.#opened.leave();
  }

  get #opened(): OpenMailbox {
    return this.#mailbox as OpenMailbox;
  }
}
