import type { RelayLimits } from './limits.ts';
import { name } from './name.ts';

/** What waits for its turn. */
export interface Queued {
  readonly channel: Uint8Array;
  /** The push service that it turned out to be for, when that was busy. */
  service?: string;
}

type QueueLimits = Pick<
  RelayLimits,
  'pushesAtOnce' | 'pushesAtOncePerService' | 'pushesWaiting' | 'pushesWaitingPerChannel'
>;

/**
 * Pushes that wait for their turn: channels have it one after another, each with one push at a time, and no push service has
 * all places at once. So nobody's pushes wait for those of one channel, or of one service that does not answer.
 */
export class PushQueue<Job extends Queued> {
  readonly #limits: QueueLimits;
  readonly #both: (one: Job, other: Job) => Job | null;
  /** By channel, the next in turn first. */
  readonly #waiting = new Map<string, Job[]>();
  #waitingCount = 0;
  readonly #busyChannels = new Set<string>();
  readonly #atServices = new Map<string, number>();

  /** `both`: one push for two of a channel of which enough wait, the second of which came later; null where that cannot be. */
  constructor(limits: QueueLimits, both: (one: Job, other: Job) => Job | null) {
    this.#limits = limits;
    this.#both = both;
  }

  get isIdle(): boolean {
    return this.#waitingCount === 0 && this.#busyChannels.size === 0;
  }

  /** False when it is full, altogether or for this channel. */
  add(job: Job): boolean {
    const ofChannel = this.#waiting.get(name(job.channel)) ?? [];
    const last = ofChannel.at(-1);
    if (last && ofChannel.length >= this.#limits.pushesWaitingPerChannel) {
      const both = this.#both(last, job);
      if (both) ofChannel[ofChannel.length - 1] = both;
      return both !== null;
    }
    if (this.#waitingCount >= this.#limits.pushesWaiting) return false;
    this.#put(job, (jobs) => jobs.push(job));
    return true;
  }

  /** The next whose turn it is, until `done`; null when there is none. */
  take(): Job | null {
    if (this.#busyChannels.size >= this.#limits.pushesAtOnce) return null;
    for (const [key, jobs] of this.#waiting) {
      const [job] = jobs as [Job];
      if (this.#busyChannels.has(key) || (job.service !== undefined && !this.#hasPlace(job.service))) continue;
      jobs.shift();
      this.#waitingCount--;
      this.#waiting.delete(key);
      if (jobs.length > 0) this.#waiting.set(key, jobs);
      this.#busyChannels.add(key);
      return job;
    }
    return null;
  }

  /** The push that was taken has it no longer. */
  done({ channel }: Job): void {
    this.#busyChannels.delete(name(channel));
  }

  /** Runs a request to a push service, or puts the job back for when there is a place at that service. */
  async at(service: string, job: Job, request: () => Promise<void>): Promise<void> {
    if (!this.#hasPlace(service)) {
      job.service = service;
      this.#put(job, (jobs) => jobs.unshift(job));
      return;
    }
    this.#atServices.set(service, this.#at(service) + 1);
    try {
      await request();
    } finally {
      const left = this.#at(service) - 1;
      if (left === 0) this.#atServices.delete(service);
      else this.#atServices.set(service, left);
    }
  }

  #put(job: Job, into: (jobs: Job[]) => void): void {
    const key = name(job.channel);
    const jobs = this.#waiting.get(key) ?? [];
    into(jobs);
    this.#waiting.set(key, jobs);
    this.#waitingCount++;
  }

  #hasPlace(service: string): boolean {
    return this.#at(service) < this.#limits.pushesAtOncePerService;
  }

  #at(service: string): number {
    return this.#atServices.get(service) ?? 0;
  }
}
