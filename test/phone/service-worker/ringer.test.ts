import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../../../src/core/errors.ts';
import { encodeFrame } from '../../../src/core/frames.ts';
import { Notifications } from '../../../src/phone/notifications.ts';
import type { PairingEntry } from '../../../src/phone/pairings.ts';
import type { PushDevice } from '../../../src/phone/push-device.ts';
import { Ringing } from '../../../src/phone/ringing.ts';
import { Ringer } from '../../../src/phone/service-worker/ringer.ts';
import { loadFailedRing, saveFailedRing } from '../../../src/phone/storage/failed-ring.ts';
import { loadRequests, requestRecord } from '../../../src/phone/storage/held-request.ts';
import { Vault } from '../../../src/vault/vault.ts';
import { startPushService } from '../../relay/push-service.ts';
import { propertyRuns } from '../../support/property-runs.ts';
import type { BrowserHalf } from '../browser-half.ts';
import { Scene } from '../scene.ts';

interface Shown {
  title: string;
  tag: string;
  options: NotificationOptions;
}

/** What a browser shows: one notification for each tag. */
class TestCentre {
  readonly shown = new Map<string, Shown>();
  /** Every one that ever was, by its title's key. */
  readonly all: string[] = [];

  async showNotification(title: string, options: NotificationOptions = {}): Promise<void> {
    const tag = options.tag ?? '';
    this.all.push(title);
    this.shown.set(tag, { title, tag, options });
  }

  async getNotifications(): Promise<Notification[]> {
    return [...this.shown.values()].map(
      ({ title, tag, options }) =>
        ({ title, tag, data: structuredClone(options.data), close: () => this.shown.delete(tag) }) as never,
    );
  }

  get titles(): string[] {
    return [...this.shown.values()].map(({ title }) => title);
  }
}

let scene: Scene;
let service: Awaited<ReturnType<typeof startPushService>>;
let centre: TestCentre;
let browser: BrowserHalf;
let ringer: Ringer;
let rang: string[];
/** Whether no window leads; what a window does to take the lead. */
let isFree: boolean;
let take: () => void;
let hasLed: boolean;
/** Happens when the worker is about to lead. */
let leads: () => Promise<void>;
let vaults: { open: () => Promise<Vault> };
/** What the worker does when its subscription was replaced. */
let renew: () => Promise<void>;

beforeEach(async () => {
  service = await startPushService();
  scene = await Scene.open({ alsoAllow: [service.origin], limits: { unreceivedMs: 100 } });
  centre = new TestCentre();
  rang = [];
  isFree = true;
  hasLed = false;
  leads = async () => undefined;
  renew = async () => undefined;
  take = () => undefined;
  vaults = { open: () => Vault.open(scene.database) };
  ringer = new Ringer({
    openVault: () => vaults.open(),
    openPhone: async (vault) => {
      await leads();
      return scene.openWorker(vault);
    },
    leadership: {
      async takeIfFree(work) {
        if (!isFree) return false;
        const wanted = new AbortController();
        hasLed = true;
        take = () => wanted.abort();
        await work(wanted.signal);
        return true;
      },
    },
    notifications: new Notifications({ centre, clock: scene.clock, lang: 'en', dir: 'ltr' }),
    rang: async (test) => void rang.push(test),
    hand: async (push) => new Ringing(scene.phone, {} as PushDevice, async () => null, new Set()).handed(push),
    renew: () => renew(),
    clock: scene.clock,
    random: (length) => crypto.getRandomValues(new Uint8Array(length)),
  });
  browser = await scene.registered();
  const [{ pairing }] = scene.phone.pairings.value as readonly [PairingEntry];
  await scene.phone.subscribe(pairing, JSON.stringify(service.subscription));
  await scene.until(() => true);
  await expect.poll(() => scene.said('subscribed').length).toBe(1);
});

afterEach(async () => {
  await scene.close();
  await service.stop();
});

/** Closes every window; resolves once the relay would push. */
async function close(): Promise<void> {
  scene.phone.stop();
  await browser.until(() => browser.notes.at(-1) === 'away');
}

async function push(): Promise<Uint8Array | null> {
  const { payload } = await service.next();
  await ringer.push(payload);
  return payload;
}

/** What is still shown once the push is over. */
async function whenOver(titles: string[]): Promise<void> {
  scene.clock.pass(1_000);
  await expect.poll(() => centre.titles).toEqual(titles);
}

describe('a push', () => {
  it('rings for a request, is taken in where no window leads, and answered as received', async () => {
    await saveFailedRing(scene.phone.vault, 'push-lost');
    await close();
    const ask = scene.signIn();
    await browser.ask(ask);
    await push();
    expect(centre.titles).toEqual(['phone_notification_sign_in']);
    await browser.receipt(ask.id, 'received');
    // Without a network: what was taken in is there.
    scene.setOnline(false);
    await scene.reload();
    // That it did not ring before is true no more.
    expect(await loadFailedRing(scene.phone.vault)).toBeNull();
    const { held } = await scene.screen('request');
    expect(held.request.id).toBe(ask.id);
  });

  it('holds nothing of the number, and every other word of the notification in its place', async () => {
    await close();
    await browser.ask(scene.signIn());
    await push();
    const [{ options }] = [...centre.shown.values()] as [Shown];
    expect(JSON.stringify(options)).not.toMatch(/\b(17|42|86)\b/);
    expect(options.body).toBe('\u2068ada@login.example\u2069\n\u2068Chrome on Linux\u2069\nphone_notification_until');
  });

  it('is only read where a window leads, which then has the same request but once', async () => {
    await close();
    isFree = false;
    const ask = scene.signIn();
    await browser.ask(ask);
    const payload = await push();
    expect(centre.titles).toEqual(['phone_notification_sign_in']);
    expect(browser.heard('receipt')).toBe(2);
    await scene.reload();
    await scene.screen('request');
    await browser.receipt(ask.id, 'opened');
    const { key } = await scene.screen('request');
    scene.phone.actions.pick(key, '42');
    scene.authenticator.last.succeed();
    await browser.answer(ask.id);
    // Said again, by whoever it may be: it rings no more.
    centre.shown.clear();
    await ringer.push(payload);
    expect(centre.titles).toEqual(['phone_notification_nothing']);
    await whenOver([]);
  });

  it('reaches a window that leads over a connection that is dead, without its knowing', async () => {
    isFree = false;
    scene.deafen();
    const ask = scene.signIn();
    await browser.ask(ask);
    await push();
    const { held } = await scene.screen('request');
    expect(held.request.id).toBe(ask.id);
    // The sign of life that it asks for does not come, and it connects anew.
    scene.clock.pass(5_000);
    await browser.receipt(ask.id, 'opened');
  });

  it('that comes twice rings once, and leaves one conversation', async () => {
    await close();
    const ask = scene.signIn();
    await browser.ask(ask);
    const payload = await push();
    await ringer.push(payload);
    expect(centre.titles).toEqual(['phone_notification_sign_in']);
    await scene.reload();
    const { key } = await scene.screen('request');
    scene.phone.actions.deny(key, 'by-mistake');
    await browser.answer(ask.id);
  });

  it.each([
    ['a withdrawal', (id: string) => browser.say({ kind: 'withdraw', id, reason: 'password' })],
    ['an outcome', (id: string) => browser.show(id, 'approved')],
  ])('with %s takes the notification away', async (_what, say) => {
    await close();
    const ask = scene.observed();
    await browser.ask(ask);
    await push();
    await browser.until(() => browser.notes.at(-1) === 'away');
    await say(ask.id);
    await push();
    // A browser wants to see something at the end of each push.
    expect(centre.titles).toEqual(['phone_notification_over']);
    await whenOver([]);
  });

  it('whose request nobody withdraws is let go of at its end, while the worker runs', async () => {
    await close();
    await browser.ask(scene.signIn());
    await push();
    scene.clock.pass(59_000);
    expect(centre.titles).toEqual(['phone_notification_sign_in']);
    await whenOver([]);
  });

  it('whose browser says that its time is over takes it away as well where the worker was ended before', async () => {
    await close();
    const ask = scene.signIn();
    await browser.ask(ask);
    await push();
    await browser.until(() => browser.notes.at(-1) === 'away');
    const shown = [...centre.shown];
    scene.clock.pass(240_000);
    // A browser goes on showing it.
    for (const [tag, notification] of shown) centre.shown.set(tag, notification);
    await browser.say({ kind: 'withdraw', id: ask.id, reason: 'timed-out' });
    await push();
    expect(centre.titles).toEqual(['phone_notification_over']);
    await whenOver([]);
  });

  it('for another origin than the registered one is refused, and says so', async () => {
    await close();
    await browser.ask(scene.signIn({ origin: 'https://login.example.evil.test' }));
    await push();
    expect(centre.titles).toEqual(['phone_notification_refused']);
    await whenOver(['phone_notification_refused']);
  });

  it('for an account of another phone rings on that one alone; this one says that it cannot, and why once it is opened', async () => {
    await close();
    const ask = scene.signIn({ account: 'grace@login.example' });
    await browser.ask(ask);
    await push();
    expect(await browser.answer(ask.id)).toMatchObject({ decision: 'cannot', code: 'no-registration' });
    expect(centre.all).toEqual(['phone_notification_nothing']);
    await whenOver([]);
    // The same where a push only woke the worker, which then finds it at the relay.
    const another = scene.signIn({ account: 'grace@login.example' });
    await browser.until(() => browser.notes.at(-1) === 'away');
    await browser.ask(another);
    await service.next();
    const fetching = ringer.push(null);
    expect(await browser.answer(another.id)).toMatchObject({ decision: 'cannot' });
    scene.clock.pass(3_000);
    await fetching;
    expect(centre.all).not.toContain('phone_notification_sign_in');
    expect(centre.all).not.toContain('phone_notification_refused');
    await scene.reload();
    expect(await scene.screen('warning')).toMatchObject({ code: 'no-registration' });
  });

  describe('of a browser that asks for too much', () => {
    /** As many requests as are held of one browser. */
    async function crowd(): Promise<void> {
      const vault = await Vault.open(scene.database);
      const [held] = await loadRequests(vault);
      if (!held) throw new Error('none is held');
      const ids = Array.from({ length: 63 }, (_, at) => Buffer.alloc(16, at + 1).toString('base64url'));
      await vault.set(requestRecord(...ids.map((id) => ({ ...held, request: { ...held.request, id } }))));
      vault.close();
    }

    it('does not ring', async () => {
      await close();
      await crowd();
      const ask = scene.signIn();
      await browser.ask(ask);
      await push();
      expect(centre.all).toEqual(['phone_notification_nothing']);
      await whenOver([]);
      expect(await browser.answer(ask.id)).toMatchObject({ code: 'too-many-requests' });
    });

    it('is over when it turns out only after it has rung', async () => {
      await close();
      leads = crowd;
      await browser.ask(scene.signIn());
      await push();
      expect(centre.all).toEqual(['phone_notification_sign_in', 'phone_notification_over']);
      await whenOver([]);
    });
  });

  it('gives up the lead at once when a window wants it', async () => {
    await close();
    scene.setOnline(false);
    await browser.ask(scene.signIn());
    const { payload } = await service.next();
    let isOver = false;
    const done = ringer.push(payload).then(() => {
      isOver = true;
    });
    await expect.poll(() => hasLed).toBe(true);
    expect(isOver).toBe(false);
    take();
    await done;
  });

  it('is taken in to its end, and rings for what comes, where the worker led for something else that ended before', async () => {
    await close();
    let begin: () => void = () => undefined;
    let end: () => void = () => undefined;
    const begun = new Promise<void>((done) => {
      begin = done;
    });
    const ended = new Promise<void>((done) => {
      end = done;
    });
    renew = () => {
      begin();
      return ended;
    };
    const renewed = ringer.renew();
    await begun;
    await browser.until(() => browser.notes.at(-1) === 'here');
    const pushed = ringer.push(null);
    await expect.poll(() => centre.titles).toEqual(['phone_notification_waiting']);
    end();
    await ended;
    const ask = scene.signIn();
    await browser.ask(ask);
    await browser.receipt(ask.id, 'received');
    await expect.poll(() => centre.titles).toContain('phone_notification_sign_in');
    take();
    await Promise.all([renewed, pushed]);
  });

  it('that cannot be read here only says that something waits', async () => {
    await close();
    isFree = false;
    for (const payload of [null, new Uint8Array(0), new Uint8Array([1, 2, 3])]) await ringer.push(payload);
    expect(centre.titles).toEqual(['phone_notification_waiting']);
  });

  it.each<[string, () => void]>([
    [
      'cannot be opened',
      () => Object.assign(vaults, { open: () => Promise.reject(new AppError('key-storage-broken')) }),
    ],
    [
      'cannot be read',
      () =>
        Object.assign(vaults, {
          open: async () => {
            const vault = await Vault.open(scene.database);
            vault.get = () => Promise.reject(new AppError('key-storage-broken'));
            return vault;
          },
        }),
    ],
  ])('whose keys %s shows that something waits all the same', async (_what, spoil) => {
    await close();
    spoil();
    await browser.ask(scene.signIn());
    await push();
    expect(centre.titles).toEqual(['phone_notification_waiting']);
    await whenOver(['phone_notification_waiting']);
  });

  it('of any bytes at all shows something, and harms nothing', async () => {
    await close();
    isFree = false;
    const known = (await Vault.open(scene.database).then((vault) => vault.entries('pairing:')))[0]?.[0].slice(8) ?? '';
    const channel = new Uint8Array(Buffer.from(known, 'base64url'));
    const bytes = fc.uint8Array({ maxLength: 300 });
    const frame = bytes.map((body) =>
      encodeFrame({ frame: 'deliver', channel, seq: 1, id: new Uint8Array(16), expiresMs: 1, body }),
    );
    await fc.assert(
      fc.asyncProperty(fc.oneof(bytes, frame), async (payload) => {
        centre.shown.clear();
        await ringer.push(payload);
        expect(centre.shown.size).toBe(1);
      }),
      propertyRuns(30),
    );
  });

  it('of this phone’s own test is shown, and every window told', async () => {
    const id = new Uint8Array(16).fill(7);
    const [{ pairing }] = scene.phone.pairings.value as readonly [PairingEntry];
    await scene.phone.ring(pairing, id);
    await push();
    expect(centre.titles).toEqual(['phone_notification_test']);
    expect(rang).toEqual([Buffer.from(id).toString('base64url')]);
  });

  it('of a browser’s test is answered, step by step', async () => {
    await close();
    const id = Buffer.from(new Uint8Array(16).fill(8)).toString('base64url');
    await browser.say({ kind: 'ping', id });
    await push();
    expect(centre.titles).toEqual(['phone_notification_test']);
    await browser.until(() => browser.heard('pong') === 2);
  });
});
