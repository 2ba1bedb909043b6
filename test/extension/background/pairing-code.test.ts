import { describe, expect, it, vi } from 'vitest';
import { AppError } from '../../../src/core/errors.ts';
import { limits } from '../../../src/core/limits.ts';
import { derivePairingSecrets, parsePairingLink } from '../../../src/core/pairing-link.ts';
import { relay } from '../support/contacts.ts';
import { browserOf, phoneAt, random, relayTimeMs, scanned, viewAt, workerIn } from '../support/pairing-worker.ts';
import { settled } from '../support/settled.ts';

describe('a pairing code', () => {
  it('is a channel at the relay, a link to it, and two minutes by the relay’s clock', async () => {
    const worker = await workerIn(browserOf());
    expect(worker.desk.view()).toBe(null);
    await worker.desk.begin();
    const view = viewAt(worker, 'offer');
    const link = parsePairingLink(view.link);
    const { channel, joinKeys } = derivePairingSecrets(link.secret);
    expect(view.link.startsWith(`${relay}/pair#`)).toBe(true);
    expect(link).toMatchObject({ relay, expiresMs: relayTimeMs + limits.pairingOfferLifeMs });
    expect(view.expiresAt).toBe(worker.clock.now() + limits.pairingOfferLifeMs);
    expect(worker.createChannel.mock.calls[0]?.[0]).toMatchObject({ relay, channel, joinKey: joinKeys.public });
    expect(worker.post.attached).toHaveLength(1);
    expect(worker.desk.active).toBe(true);
  });

  it('that cannot be kept for the next worker is said to have failed, and another can be asked for', async () => {
    const browser = browserOf();
    const worker = await workerIn(browser);
    const set = vi.spyOn(browser.area, 'set').mockRejectedValue(new Error('no room'));
    await expect(worker.desk.begin()).rejects.toThrow('no room');
    expect(viewAt(worker, 'failed').code).toBe('unexpected');
    set.mockRestore();
    await worker.desk.begin();
    viewAt(worker, 'offer');
  });

  it('is one, however often it is asked for', async () => {
    const worker = await workerIn(browserOf());
    await Promise.all([worker.desk.begin(), worker.desk.begin()]);
    await worker.desk.begin();
    expect(worker.createChannel).toHaveBeenCalledTimes(1);
  });

  it('renews itself with new secrets while somebody looks, and closes the old channel', async () => {
    const worker = await workerIn(browserOf());
    worker.desk.watch();
    await worker.desk.begin();
    const first = parsePairingLink(viewAt(worker, 'offer').link);
    worker.clock.pass(limits.pairingOfferLifeMs - 1);
    await worker.desk.tick();
    expect(worker.createChannel).toHaveBeenCalledTimes(1);
    worker.clock.pass(1);
    await worker.desk.tick();
    const second = parsePairingLink(viewAt(worker, 'offer').link);
    expect(second.secret).not.toEqual(first.secret);
    expect(second.key).not.toEqual(first.key);
    expect(worker.post.closed).toEqual([worker.post.attached[0]]);
  });

  it('does not renew itself for ever', async () => {
    const worker = await workerIn(browserOf());
    worker.desk.watch();
    await worker.desk.begin();
    for (let time = 0; time < 20; time++) {
      worker.clock.pass(limits.pairingOfferLifeMs);
      await worker.desk.tick();
    }
    expect(worker.createChannel).toHaveBeenCalledTimes(11);
    expect(viewAt(worker, 'failed').code).toBe('link-expired');
  });

  it('stays good when nobody looks any more, until it expires', async () => {
    const worker = await workerIn(browserOf());
    const leave = worker.desk.watch();
    await worker.desk.begin();
    await leave();
    expect(viewAt(worker, 'offer')).toBeDefined();
    worker.clock.pass(limits.pairingOfferLifeMs);
    await worker.desk.tick();
    expect(worker.desk.view()).toBe(null);
    expect(worker.createChannel).toHaveBeenCalledTimes(1);
  });

  it.each(['relay-unreachable', 'too-many-requests', 'key-storage-broken'] as const)('says %s', async (code) => {
    const worker = await workerIn(browserOf());
    worker.createChannel.mockRejectedValueOnce(new AppError(code));
    await worker.desk.begin();
    expect(worker.desk.view()).toEqual({ step: 'failed', code });
    await worker.desk.begin();
    expect(viewAt(worker, 'offer')).toBeDefined();
  });

  it('shows that the relay went away', async () => {
    const worker = await workerIn(browserOf());
    await worker.desk.begin();
    worker.relays.update(relay, 'waiting', 'relay-unreachable');
    expect(viewAt(worker, 'offer').trouble).toBe('relay-unreachable');
  });

  it('that was cancelled while it was made is not shown, and its channel closed', async () => {
    const worker = await workerIn(browserOf());
    let made: (timeMs: number) => void = () => undefined;
    worker.createChannel.mockReturnValueOnce(new Promise((resolve) => (made = resolve)));
    const begun = worker.desk.begin();
    await vi.waitFor(() => expect(worker.createChannel).toHaveBeenCalled());
    await worker.desk.cancel();
    made(relayTimeMs);
    await begun;
    expect(worker.desk.view()).toBe(null);
    // A channel is closed by one that is attached to it.
    expect(worker.post.attached).toHaveLength(1);
    expect(worker.post.closed).toEqual(worker.post.attached);
  });

  it('that is cancelled while a phone’s half is taken stays so', async () => {
    const worker = await workerIn(browserOf());
    await worker.desk.begin();
    const { frame } = phoneAt(worker);
    let adopt: () => void = () => undefined;
    const adopting = new Promise<void>((resolve) => (adopt = resolve));
    worker.post.adopt = () => adopting;
    const taken = worker.desk.unsealed(frame);
    await settled();
    await worker.desk.cancel();
    adopt();
    await taken;
    expect(worker.desk.view()).toBe(null);
    expect(worker.post.put).toEqual([]);
    expect(worker.post.added).toEqual([]);
  });

  it('outlives the worker', async () => {
    const browser = browserOf();
    const first = await workerIn(browser);
    await first.desk.begin();
    const second = await workerIn(browser);
    expect(viewAt(second, 'offer').link).toBe(viewAt(first, 'offer').link);
    expect(second.post.attached).toEqual(first.post.attached);
    const { half, frame } = phoneAt(second);
    await second.desk.unsealed(frame);
    const [body] = second.post.put;
    expect(half.finish(body ?? new Uint8Array()).digits).toBe(viewAt(second, 'digits').digits);
  });
});

describe('somebody else with a picture of the code', () => {
  it('who joins too: the channel is closed, and a new code is shown', async () => {
    const worker = await workerIn(browserOf());
    worker.desk.watch();
    await worker.desk.begin();
    const [pairing] = worker.post.attached as [string];
    await worker.desk.peer(pairing, 'joined');
    expect(viewAt(worker, 'offer').notice).toBe(null);
    await worker.desk.peer(pairing, 'second-join');
    expect(viewAt(worker, 'offer').notice).toBe('link-used');
    expect(worker.post.closed).toEqual([pairing]);
  });

  it('who joins while digits are compared: nothing is paired', async () => {
    const { worker, pairing } = await scanned();
    await worker.desk.peer(pairing, 'second-join');
    expect(worker.desk.view()).toEqual({ step: 'failed', code: 'link-used' });
    expect(worker.written.size).toBe(0);
  });

  it('who sends rubbish: the channel is closed, and a new code is shown', async () => {
    const worker = await workerIn(browserOf());
    worker.desk.watch();
    await worker.desk.begin();
    const { frame } = phoneAt(worker);
    await worker.desk.unsealed({ ...frame, body: random(200) });
    expect(viewAt(worker, 'offer').notice).toBe('decryption-failed');
    expect(worker.post.put).toEqual([]);
  });

  it('cannot speak for a code that is not shown any more', async () => {
    const worker = await workerIn(browserOf());
    await worker.desk.begin();
    const { frame } = phoneAt(worker);
    await worker.desk.cancel();
    await worker.desk.begin();
    await worker.desk.unsealed(frame);
    expect(viewAt(worker, 'offer')).toBeDefined();
    expect(worker.post.closed).toContain(worker.post.attached[0]);
  });
});
