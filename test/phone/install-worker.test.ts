import { signal } from '@preact/signals';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { followUpdates, installWorker } from '../../src/phone/install-worker.ts';

/** A version's worker. Once it is asked and has come that far, it takes over when the browser lets it. */
class FakeWorker extends EventTarget {
  isAsked = 0;

  postMessage(message: unknown): void {
    if (message === 'take over') this.isAsked++;
  }
}

/** What a browser does with the versions of a worker, in the order of the specification (Install, Activate). */
class FakeBrowser extends EventTarget {
  readonly container = Object.assign(new EventTarget(), { controller: {} as ServiceWorker | null });
  installing: ServiceWorker | null = null;
  waiting: ServiceWorker | null = null;
  /** What the relay has. */
  released: FakeWorker | null = null;

  /** Resolves as soon as the new version's script is there, before its files are. */
  async update(): Promise<never> {
    if (this.released) this.found(this.released);
    this.released = null;
    return this as never;
  }

  found(worker: FakeWorker): void {
    this.installing = worker as unknown as ServiceWorker;
    this.dispatchEvent(new Event('updatefound'));
  }

  installed(): void {
    const worker = this.installing;
    [this.installing, this.waiting] = [null, worker];
    worker?.dispatchEvent(new Event('statechange'));
  }

  takesOver(): void {
    this.waiting = null;
    this.container.controller = {} as ServiceWorker;
    this.container.dispatchEvent(new Event('controllerchange'));
  }
}

describe('a new version of the app', () => {
  const fresh = () => new FakeWorker();
  const reload = vi.fn<() => void>();
  let browser: FakeBrowser;
  let isAtRest: ReturnType<typeof signal<boolean>>;
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  const follow = () => followUpdates(browser as never, browser.container as never, isAtRest as never, reload);

  beforeEach(() => {
    reload.mockReset();
    browser = new FakeBrowser();
    isAtRest = signal<boolean>(false);
  });

  it('that waits takes over as soon as the app is at rest, which is then loaded anew', () => {
    const worker = fresh();
    follow();
    browser.found(worker);
    browser.installed();
    expect(worker.isAsked).toBe(0);
    isAtRest.value = true;
    expect(worker.isAsked).toBeGreaterThan(0);
    expect(reload).not.toHaveBeenCalled();
    browser.takesOver();
    expect(reload).toHaveBeenCalledOnce();
  });

  it.each<[string, (worker: FakeWorker) => void]>([
    ['found before the app was there at all', (worker) => browser.found(worker)],
    ['found once the app is at rest', (worker) => Object.assign(browser, { released: worker })],
  ])('that is %s, and whose files come late, takes over when they have', async (_, release) => {
    const worker = fresh();
    release(worker);
    follow();
    isAtRest.value = true;
    await settled();
    expect(worker.isAsked).toBe(0);
    browser.installed();
    expect(worker.isAsked).toBe(1);
    browser.takesOver();
    expect(reload).toHaveBeenCalledOnce();
  });

  it('waits where its files have come after the person was there again', async () => {
    const worker = fresh();
    browser.released = worker;
    follow();
    isAtRest.value = true;
    await settled();
    isAtRest.value = false;
    browser.installed();
    expect(worker.isAsked).toBe(0);
    isAtRest.value = true;
    expect(worker.isAsked).toBe(1);
  });

  it('that takes over only once the person is there again leaves the screen as it is, until they have gone', () => {
    follow();
    browser.found(fresh());
    browser.installed();
    isAtRest.value = true;
    isAtRest.value = false;
    browser.takesOver();
    expect(reload).not.toHaveBeenCalled();
    isAtRest.value = true;
    expect(reload).toHaveBeenCalledOnce();
  });

  it('that another window has let in is loaded here as well, once this one is at rest', () => {
    follow();
    browser.takesOver();
    expect(reload).not.toHaveBeenCalled();
    isAtRest.value = true;
    expect(reload).toHaveBeenCalledOnce();
  });

  it('is not what the first worker of all is', () => {
    browser.container.controller = null;
    follow();
    isAtRest.value = true;
    browser.takesOver();
    expect(reload).not.toHaveBeenCalled();
  });

  it('whose relay cannot be reached is looked for when the app is left the next time', async () => {
    const update = vi.spyOn(browser, 'update').mockRejectedValueOnce(new TypeError('no network'));
    follow();
    isAtRest.value = true;
    await settled();
    const worker = fresh();
    browser.released = worker;
    isAtRest.value = false;
    isAtRest.value = true;
    await settled();
    browser.installed();
    expect(update).toHaveBeenCalledTimes(2);
    expect(worker.isAsked).toBe(1);
  });
});

describe('the worker', () => {
  it('is none where the browser has none, or refuses it', async () => {
    expect(await installWorker(undefined)).toBeNull();
    const refuses = {
      register: () => Promise.reject(new DOMException('private')),
      ready: Promise.race<never>([]),
    };
    expect(await installWorker(refuses)).toBeNull();
  });
});
