import { describe, expect, it } from 'vitest';
import type { SignInChallenge } from '../../../src/core/challenge.ts';
import type { PushOutcome } from '../../../src/core/frames.ts';
import type { Arrival, Sent } from '../../../src/relay-client/post.ts';
import { approval, registration, signIn } from '../support/challenge.ts';
import { relay } from '../support/contacts.ts';
import { ana, ask, bo, browserOf, stagesOf, workerIn } from '../support/requests-worker.ts';
import { settled } from '../support/settled.ts';

describe('a request', () => {
  it('of the page’s own reaches the phone also where it cannot be read what others may show there', async () => {
    const worker = await workerIn(browserOf(), [ana], true, () => Promise.reject(new Error('no disk')));
    expect((await ask(worker)).asked).toHaveLength(1);
  });

  it('is denied for a reason, and the other phones forget it', async () => {
    const worker = await workerIn(browserOf(), [ana, bo]);
    const { id, tell, arrivals } = await ask(worker);
    expect(arrivals.map(({ pairing }) => pairing)).toEqual([ana.pairing, bo.pairing]);
    const [, second] = arrivals;
    if (!second) throw new Error('one phone');
    await worker.requests.phoneSaid(second, { kind: 'answer', answer: { decision: 'deny', id, reason: 'not-me' } });
    await settled();
    expect(tell).toHaveBeenLastCalledWith({ type: 'ended', end: 'denied', reason: 'not-me' });
    expect(worker.post.kind('outcome')).toEqual([]);
    expect(worker.post.kind('withdraw')).toMatchObject([
      { to: ana.pairing, collapse: id, message: { reason: 'gone' } },
    ]);
  });

  it('is decided by the phone that was first', async () => {
    const worker = await workerIn(browserOf(), [ana, bo]);
    const { id, tell, arrivals } = await ask(worker);
    const [first, second] = arrivals;
    if (!first || !second) throw new Error('two phones');
    await worker.requests.phoneSaid(first, { kind: 'answer', answer: approval(id, '42') });
    await worker.requests.phoneSaid(second, { kind: 'answer', answer: approval(id, '17') });
    await worker.requests.phoneSaid(second, { kind: 'answer', answer: { decision: 'deny', id, reason: 'not-me' } });
    await worker.requests.pageSaid(id, { type: 'approved' });
    await settled();
    expect(tell.mock.calls.filter(([message]) => message.type === 'answer')).toHaveLength(1);
    expect(worker.post.kind('outcome')).toMatchObject([{ to: first.conversation }]);
    expect(worker.post.kind('withdraw')).toMatchObject([{ to: bo.pairing, message: { reason: 'gone' } }]);
  });

  it('fails only once every phone cannot, and says first what is most serious', async () => {
    const worker = await workerIn(browserOf(), [ana, bo]);
    const { id, tell, arrivals } = await ask(worker);
    const [first, second] = arrivals;
    if (!first || !second) throw new Error('two phones');
    await worker.requests.phoneSaid(first, {
      kind: 'answer',
      answer: { decision: 'cannot', id, code: 'wrong-origin' },
    });
    expect(worker.requests.current).not.toBe(null);
    await worker.requests.phoneSaid(second, {
      kind: 'answer',
      answer: { decision: 'cannot', id, code: 'no-registration' },
    });
    await settled();
    expect(tell).toHaveBeenLastCalledWith({ type: 'ended', end: 'failed', code: 'wrong-origin' });
    expect(worker.post.kind('withdraw')).toEqual([]);
  });

  it('fails when it cannot be delivered, but not because it expired on the way', async () => {
    const worker = await workerIn(browserOf());
    const { id, tell, arrival } = await ask(worker);
    await worker.requests.undeliverable({ ...arrival, id }, 'expired');
    expect(worker.requests.current?.id).toBe(id);
    await worker.requests.undeliverable({ ...arrival, id }, 'mailbox-full');
    expect(tell).toHaveBeenLastCalledWith({ type: 'ended', end: 'failed', code: 'mailbox-full' });
  });

  it('of one kind is not answered by the other', async () => {
    const worker = await workerIn(browserOf());
    const { id, arrival, tell } = await ask(worker, registration(1) as unknown as SignInChallenge);
    await worker.requests.phoneSaid(arrival, { kind: 'answer', answer: approval(id) });
    expect(stagesOf(tell)).not.toContain('answer');
    const answer = {
      decision: 'register',
      id,
      phone: 'Pixel',
      credentialId: 'AA',
      clientDataJSON: 'AA',
      attestationObject: 'AA',
      transports: [],
    } as const;
    await worker.requests.phoneSaid(arrival, { kind: 'answer', answer: { ...answer, transports: [] } });
    expect(stagesOf(tell).at(-1)).toBe('answer');
  });

  it('ignores phones that talk about what is not there', async () => {
    const worker = await workerIn(browserOf());
    const { tell, arrival } = await ask(worker);
    const other = signIn(9).id;
    await worker.requests.phoneSaid(arrival, { kind: 'receipt', id: other, stage: 'opened' });
    await worker.requests.phoneSaid(arrival, { kind: 'answer', answer: approval(other) });
    await worker.requests.phoneSaid(arrival, { kind: 'withdraw', id: signIn(1).id, reason: 'gone' });
    expect(stagesOf(tell)).toEqual(['detected', 'sent']);
  });
});

describe('phones that are not there', () => {
  it('none at all: fails at once', async () => {
    const worker = await workerIn(browserOf(), []);
    const { tell } = await ask(worker);
    expect(tell).toHaveBeenLastCalledWith({ type: 'ended', end: 'failed', code: 'no-phone' });
  });

  it('all ended by the relay: fails with its word', async () => {
    const worker = await workerIn(browserOf());
    worker.contacts.ended(ana.pairing, 'channel-closed');
    const { tell } = await ask(worker);
    expect(tell).toHaveBeenLastCalledWith({ type: 'ended', end: 'failed', code: 'channel-closed' });
  });

  it('behind a relay that cannot be reached: says so, and asks once it can', async () => {
    const worker = await workerIn(browserOf(), [ana], false);
    const { tell, asked } = await ask(worker);
    expect(asked).toEqual([]);
    expect(stagesOf(tell)).toEqual(['detected']);
    worker.relays.update(relay, 'waiting', 'relay-unreachable');
    worker.requests.connectionChanged();
    await settled();
    expect(tell).toHaveBeenLastCalledWith({ type: 'status', stage: 'detected', trouble: 'relay-unreachable' });
    worker.relays.update(relay, 'connecting', null);
    worker.relays.update(relay, 'online', null);
    worker.requests.connectionChanged();
    worker.requests.connectionChanged();
    await settled();
    expect(tell).toHaveBeenLastCalledWith({ type: 'status', stage: 'sent' });
    expect(worker.post.kind('request')).toHaveLength(1);
  });

  it('an end that comes while they are being asked reaches them', async () => {
    const worker = await workerIn(browserOf());
    const begin = worker.post.begin.bind(worker.post);
    worker.post.begin = async (...of) => {
      const sent = await begin(...of);
      if (of[1].kind === 'request') await worker.requests.usePassword();
      return sent;
    };
    await ask(worker);
    expect(worker.post.said.map(({ message }) => message.kind)).toEqual(['request', 'withdraw']);
  });
});

describe('a phone that does not take it', () => {
  async function stored(pairings = [ana]) {
    const worker = await workerIn(browserOf(), pairings);
    const asked = await ask(worker);
    for (const { to, conversation, id } of asked.asked) {
      await worker.requests.progress({ pairing: to, conversation, id } as Sent, 'stored');
    }
    const pushed = async (at: number, outcome: PushOutcome) => {
      const { to, id } = asked.asked[at] as { to: string; id: string };
      await worker.requests.pushed(to, id, outcome);
      await settled();
    };
    return { worker, pushed, ...asked };
  }
  const said = (trouble?: string) => ({
    type: 'status',
    stage: 'stored',
    ...(trouble === undefined ? {} : { trouble }),
  });

  it.each(['none', 'gone', 'refused', 'unreachable'] as const)(
    'is said at once not to have been woken where its push is %s, until another gets through',
    async (outcome) => {
      const { tell, pushed } = await stored();
      await pushed(0, outcome);
      expect(tell).toHaveBeenLastCalledWith(said('phone-not-woken'));
      await pushed(0, 'taken');
      expect(tell).toHaveBeenLastCalledWith(said());
    },
  );

  it('is no matter while another was woken', async () => {
    const { tell, pushed } = await stored([ana, bo]);
    await pushed(0, 'gone');
    await pushed(1, 'taken');
    expect(tell).toHaveBeenLastCalledWith(said());
    await pushed(1, 'unreachable');
    expect(tell).toHaveBeenLastCalledWith(said('phone-not-woken'));
  });

  it('is called silent after a while, and no more once it has the request', async () => {
    const { worker, tell, pushed, id, arrival } = await stored();
    await pushed(0, 'taken');
    const [[dueAt]] = worker.wakeUp.set.mock.calls.slice(-1) as [[number]];
    worker.clock.pass(dueAt - worker.clock.now() - 1);
    await worker.requests.tick();
    expect(tell).toHaveBeenLastCalledWith(said());
    worker.clock.pass(1);
    await worker.requests.tick();
    await settled();
    expect(tell).toHaveBeenLastCalledWith(said('phone-silent'));
    expect(worker.wakeUp.set.mock.lastCall?.[0]).toBeGreaterThan(worker.clock.now());
    worker.requests.connectionChanged();
    await settled();
    expect(tell).toHaveBeenLastCalledWith(said('phone-silent'));
    await worker.requests.phoneSaid(arrival, { kind: 'receipt', id, stage: 'received' });
    expect(tell).toHaveBeenLastCalledWith({ type: 'status', stage: 'received' });
    await pushed(0, 'gone');
    expect(tell).toHaveBeenLastCalledWith({ type: 'status', stage: 'received' });
  });

  it('is spoken of also where another has the request and cannot answer it', async () => {
    const { worker, tell, pushed, id, asked, arrivals } = await stored([ana, bo]);
    const [first, second] = arrivals as [Arrival, Arrival];
    await worker.requests.progress({ ...first, id: asked[0]?.id as string }, 'received');
    await pushed(1, 'none');
    expect(tell).toHaveBeenLastCalledWith({ type: 'status', stage: 'received' });
    await worker.requests.phoneSaid(first, {
      kind: 'answer',
      answer: { decision: 'cannot', id, code: 'no-registration' },
    });
    await settled();
    const status = { type: 'status', stage: 'received' };
    expect(tell).toHaveBeenLastCalledWith({ ...status, trouble: 'phone-not-woken' });
    await worker.requests.phoneSaid(second, { kind: 'receipt', id, stage: 'received' });
    await settled();
    expect(tell).toHaveBeenLastCalledWith(status);
  });

  it('is not told of a push that was for something else', async () => {
    const { worker, tell, asked } = await stored();
    await worker.requests.pushed(ana.pairing, 'AAAAAAAAAAAAAAAAAAAAAA', 'gone');
    await worker.requests.pushed(bo.pairing, asked[0]?.id as string, 'gone');
    expect(tell).toHaveBeenLastCalledWith(said());
  });
});
