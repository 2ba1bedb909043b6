import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { limits } from '../../src/core/limits.ts';
import { policy } from '../../src/identity-provider/policy.ts';
import { TestPhone } from './test-phone.ts';
import {
  addPhone,
  type Browser,
  email,
  password,
  phoneOrigin,
  type Rig,
  signedUp,
  signInFor,
  startRig,
} from './test-provider.ts';

let rig: Rig;
beforeEach(async () => {
  rig = await startRig();
});
afterEach(() => rig.stop());

async function outcomes(browser: Browser): Promise<string[]> {
  const overview = await browser.overview();
  if (overview.state !== 'signed-in') throw new Error('nobody is signed in');
  return overview.log.map(({ outcome }) => outcome);
}

describe('signing in by number', () => {
  let owner: Browser;
  let phone: TestPhone;
  beforeEach(async () => {
    owner = await signedUp(rig);
    phone = await addPhone(rig, owner);
  });
  const approve = (challenge: Parameters<TestPhone['approve']>[0], ...rest: [chosen?: string]) => ({
    answer: phone.approve(challenge, rig.provider.origin, ...rest),
  });

  it('asks for a match at once, and signs in with no password', async () => {
    const browser = rig.browser();
    const { body } = await browser.post('sign-in', { email: ' ANA@Example.org' });
    expect(body).toMatchObject({ next: 'number', challenge: { account: email, site: policy.site, lifeMs: 60_000 } });
    const challenge = await signInFor(browser);
    expect((await browser.post('sign-in/answer', approve(challenge))).body).toEqual({ outcome: 'approved' });
    expect(await browser.overview()).toMatchObject({
      state: 'signed-in',
      email,
      method: 'number',
      phone: 'Pixel 9',
      phones: [{ name: 'Pixel 9', lastUsedAt: rig.clock.time }],
    });
    expect(await outcomes(browser)).toEqual(['signed-in', 'phone-added', 'account-created']);
  });

  it('takes an answer once, and not from two verifications at the same moment', async () => {
    const browser = rig.browser();
    const challenge = await signInFor(browser);
    const replies = await Promise.all([1, 2, 3, 4].map(() => browser.post('sign-in/answer', approve(challenge))));
    const bodies = replies.map(({ body }) => body);
    expect(bodies.filter(({ outcome }) => outcome === 'approved')).toHaveLength(1);
    expect(bodies.filter(({ code }) => code === 'request-consumed')).toHaveLength(3);
  });

  it('ends a request with a wrong pick: there is no second guess', async () => {
    const browser = rig.browser();
    const challenge = await signInFor(browser);
    const wrong = challenge.choices.find((choice) => choice !== challenge.number);
    expect((await browser.post('sign-in/answer', approve(challenge, wrong))).body).toEqual({ outcome: 'mismatched' });
    expect((await browser.post('sign-in/answer', approve(challenge))).body).toEqual({ code: 'request-consumed' });
    expect((await browser.overview()).state).toBe('signed-out');
    expect(await outcomes(owner)).toContain('mismatched');
  });

  it('believes no right number that was signed as a wrong one', async () => {
    const browser = rig.browser();
    const challenge = await signInFor(browser);
    const wrong = challenge.choices.find((choice) => choice !== challenge.number);
    const answer = { ...phone.approve(challenge, rig.provider.origin, wrong), chosen: challenge.number };
    const { body } = await browser.post('sign-in/answer', { answer });
    expect(body).toEqual({ outcome: 'failed', code: 'approval-invalid' });
  });

  it('refuses an approval that a page on another origin got', async () => {
    const browser = rig.browser();
    const challenge = await signInFor(browser);
    const answer = phone.approve(challenge, 'https://id-example.evil.test');
    const { body } = await browser.post('sign-in/answer', { answer });
    expect(body).toEqual({ outcome: 'failed', code: 'approval-invalid' });
    expect((await browser.overview()).state).toBe('signed-out');
    expect(await outcomes(owner)).toContain('failed');
    expect(rig.events).toContainEqual({
      event: 'approval refused',
      facts: expect.objectContaining({ code: 'approval-invalid' }),
    });
  });

  it('refuses a phone that is not registered for the account, or no more', async () => {
    const browser = rig.browser();
    const stranger = new TestPhone(phoneOrigin);
    const first = await signInFor(browser);
    const { body } = await browser.post('sign-in/answer', { answer: stranger.approve(first, rig.provider.origin) });
    expect(body).toEqual({ outcome: 'failed', code: 'approval-invalid' });

    const second = await signInFor(browser);
    await owner.post('phones/remove', { credentialId: phone.credentialId });
    expect((await browser.post('sign-in/answer', approve(second))).body).toMatchObject({ outcome: 'failed' });
  });

  it('refuses a credential whose counter did not go up', async () => {
    const browser = rig.browser();
    phone.counter = 7;
    expect((await browser.post('sign-in/answer', approve(await signInFor(browser)))).body.outcome).toBe('approved');
    expect((await browser.post('sign-in/answer', approve(await signInFor(browser)))).body.outcome).toBe('failed');
    phone.counter = 8;
    expect((await browser.post('sign-in/answer', approve(await signInFor(browser)))).body.outcome).toBe('approved');
  });

  it('lets nobody but the browser that asked answer, or end, a request', async () => {
    const browser = rig.browser();
    const challenge = await signInFor(browser);
    for (const other of [rig.browser(), owner]) {
      expect((await other.post('sign-in/answer', approve(challenge))).body).toEqual({ code: 'unknown-request' });
      const ended = { id: challenge.id, end: 'denied', reason: 'not-me' };
      expect((await other.post('sign-in/ended', ended)).body).toEqual({ code: 'unknown-request' });
    }
    const stranger = rig.browser();
    await signInFor(stranger);
    expect((await stranger.post('sign-in/answer', approve(challenge))).body).toEqual({ code: 'unknown-request' });
    expect((await browser.post('sign-in/answer', approve(challenge))).body).toEqual({ outcome: 'approved' });
  });

  it('expires after 60 s and the time that core gives for verifying', async () => {
    const browser = rig.browser();
    const intime = await signInFor(browser);
    rig.clock.time += 60_000 + limits.verificationGraceMs - 1;
    expect((await browser.post('sign-in/answer', approve(intime))).body).toEqual({ outcome: 'approved' });
    const late = await signInFor(browser);
    rig.clock.time += 60_000 + limits.verificationGraceMs;
    const { status, body } = await browser.post('sign-in/answer', approve(late));
    expect([status, body]).toEqual([410, { code: 'request-expired' }]);
    expect(await outcomes(browser)).toContain('timed-out');
  });

  it('answers no registration as a sign-in', async () => {
    const browser = rig.browser();
    const challenge = await signInFor(browser);
    const answer = { decision: 'deny', id: challenge.id, reason: 'not-me' };
    expect((await browser.post('sign-in/answer', { answer })).body).toEqual({ code: 'not-allowed' });
    expect((await browser.post('sign-in/answer', approve(challenge))).body).toEqual({ code: 'request-consumed' });
  });

  it.each([
    [{ end: 'denied', reason: 'by-mistake' }, 'denied-by-mistake'],
    [{ end: 'timed-out' }, 'timed-out'],
    [{ end: 'failed' }, 'failed'],
  ])('notes that a request ended: %j', async (ended, noted) => {
    const browser = rig.browser();
    const challenge = await signInFor(browser);
    expect((await browser.post('sign-in/ended', { id: challenge.id, ...ended })).status).toBe(200);
    expect((await browser.post('sign-in/ended', { id: challenge.id, ...ended })).status).toBe(200);
    expect((await browser.post('sign-in/answer', approve(challenge))).body).toEqual({ code: 'request-consumed' });
    expect((await outcomes(owner)).filter((outcome) => outcome === noted)).toHaveLength(1);
    expect((await browser.post('sign-in', { email })).body.next).toBe('number');
  });

  it('keeps numbers back after "It wasn’t me", until the next sign-in by password', async () => {
    const challenge = await signInFor(owner);
    const open = await signInFor(owner);
    await owner.post('sign-in/ended', { id: challenge.id, end: 'denied', reason: 'not-me' });
    const browser = rig.browser();
    for (const any of [owner, browser]) {
      expect((await any.post('sign-in', { email })).body).toEqual({ next: 'password', code: 'sign-in-blocked' });
    }
    expect((await owner.post('sign-in/answer', approve(open))).body).toEqual({
      outcome: 'failed',
      code: 'sign-in-blocked',
    });
    expect(await outcomes(owner)).toContain('denied-not-me');
    expect(rig.events.map(({ event }) => event)).toContain('sign-in denied as not me');
    expect(await owner.overview()).toMatchObject({ blocked: true });

    expect((await browser.post('sign-in/password', { email, password })).status).toBe(200);
    for (const any of [owner, rig.browser()]) expect((await any.post('sign-in', { email })).body.next).toBe('number');
  });

  it('lets a stranger’s "It wasn’t me" keep numbers back from strangers alone', async () => {
    const stranger = rig.browser();
    const challenge = await signInFor(stranger);
    const open = await signInFor(stranger);
    await stranger.post('sign-in/ended', { id: challenge.id, end: 'denied', reason: 'not-me' });
    const another = rig.browser();
    for (const any of [stranger, another]) {
      expect((await any.post('sign-in', { email })).body).toEqual({ next: 'password', code: 'sign-in-blocked' });
    }
    expect((await stranger.post('sign-in/answer', approve(open))).body).toMatchObject({ code: 'sign-in-blocked' });
    expect(await outcomes(owner)).toContain('denied-not-me');
    expect(await owner.overview()).toMatchObject({ blocked: false });
    await owner.post('sign-out');
    expect((await owner.post('sign-in/answer', approve(await signInFor(owner)))).body.outcome).toBe('approved');

    expect((await another.post('sign-in/password', { email, password })).status).toBe(200);
    expect((await stranger.post('sign-in', { email })).body.next).toBe('number');
  });

  it('lets strangers use up neither the numbers nor the passwords of a browser that is known', async () => {
    const stranger = rig.browser();
    for (let at = 0; at < policy.numberRequests.most; at++) await signInFor(stranger);
    for (let at = 0; at < policy.passwordAttempts.most; at++) {
      await stranger.post('sign-in/password', { email, password: 'wrong horse' });
    }
    expect((await rig.browser().post('sign-in', { email })).body.code).toBe('too-many-requests');
    expect((await rig.browser().post('sign-in/password', { email, password })).status).toBe(429);

    expect((await owner.post('phones/request')).body.next).toBe('phone');
    await owner.post('sign-out');
    expect((await owner.post('sign-in', { email })).body.next).toBe('number');
    expect((await owner.post('sign-in/password', { email, password })).status).toBe(200);
    await owner.post('sign-out');
    for (let at = 0; at < policy.passwordAttempts.most; at++) {
      await owner.post('sign-in/password', { email, password: 'wrong horse' });
    }
    expect((await owner.post('sign-in/password', { email, password })).status).toBe(429);
  });

  it('limits how often a phone is asked, and says when again', async () => {
    const browser = rig.browser();
    const { most, windowMs } = policy.numberRequests;
    for (let at = 0; at < most; at++) expect((await browser.post('sign-in', { email })).body.next).toBe('number');
    rig.clock.time += 1_000;
    const limited = { next: 'password', code: 'too-many-requests', retryAfterMs: windowMs / most - 1_000 };
    expect((await rig.browser().post('sign-in', { email })).body).toEqual(limited);
    rig.clock.time += windowMs / most - 1_000;
    expect((await browser.post('sign-in', { email })).body.next).toBe('number');
  });

  it('counts only requests that came to nothing', async () => {
    const browser = rig.browser();
    for (let at = 0; at < policy.numberRequests.most + 1; at++) {
      const challenge = await signInFor(browser);
      expect((await browser.post('sign-in/answer', approve(challenge))).body.outcome).toBe('approved');
    }
  });

  it('keeps people signed in when the server is restarted, and their requests open', async () => {
    const browser = rig.browser();
    const challenge = await signInFor(browser);
    await rig.restart();
    const port = { port: rig.provider.port, origin: rig.provider.origin };
    const same = rig.browser();
    for (const [name, value] of browser.cookies) same.cookies.set(name, value);
    const answer = phone.approve(challenge, port.origin);
    expect((await same.post('sign-in/answer', { answer })).body).toEqual({ outcome: 'approved' });
    const still = rig.browser();
    for (const [name, value] of owner.cookies) still.cookies.set(name, value);
    expect(await still.overview()).toMatchObject({ state: 'signed-in', email });
  });
});

describe('signing in by password', () => {
  it('is what follows an address without a phone, known or not', async () => {
    await signedUp(rig);
    const [known, unknown] = await Promise.all([
      rig.browser().post('sign-in', { email }),
      rig.browser().post('sign-in', { email: 'nobody@example.org' }),
    ]);
    expect(known.body).toEqual({ next: 'password' });
    expect(unknown.body).toEqual(known.body);
    expect([...unknown.headers.keys()]).toEqual([...known.headers.keys()]);
  });

  it('refuses a wrong password as it refuses an unknown address', async () => {
    await signedUp(rig);
    const known = await rig.browser().post('sign-in/password', { email, password: 'wrong horse' });
    const unknown = await rig.browser().post('sign-in/password', { email: 'nobody@example.org', password });
    expect([known.status, known.body]).toEqual([403, { code: 'wrong-password' }]);
    expect([unknown.status, unknown.body]).toEqual([known.status, known.body]);
  });

  it('signs in, under a new cookie each time', async () => {
    const browser = await signedUp(rig);
    const before = browser.cookies.get('tandem-session');
    expect((await browser.post('sign-in/password', { email, password })).status).toBe(200);
    expect(browser.cookies.get('tandem-session')).not.toBe(before);
    expect(await browser.overview()).toMatchObject({ state: 'signed-in', method: 'password', phone: '' });
    const stale = rig.browser();
    stale.cookies.set('tandem-session', before as string);
    expect((await stale.overview()).state).toBe('signed-out');
  });

  it('takes one password however its letters were composed', async () => {
    const browser = rig.browser();
    await browser.post('sign-up', { email, password: 'Zoë’s passwort' });
    const decomposed = 'Zoë’s passwort'.normalize('NFD');
    expect((await browser.post('sign-in/password', { email, password: decomposed })).status).toBe(200);
  });

  it.each([email, 'nobody@example.org'])('limits attempts for %s, and says when again', async (address) => {
    await signedUp(rig);
    const { most, windowMs } = policy.passwordAttempts;
    for (let at = 0; at < most; at++) {
      await rig.browser().post('sign-in/password', { email: address, password: 'wrong horse' });
    }
    const reply = await rig.browser().post('sign-in/password', { email: address, password });
    expect([reply.status, reply.body]).toEqual([429, { code: 'too-many-requests', retryAfterMs: windowMs / most }]);
    expect(reply.headers.get('retry-after')).toBe(String(windowMs / most / 1000));
    rig.clock.time += windowMs / most;
    const right = await rig.browser().post('sign-in/password', { email: address, password });
    expect(right.status).toBe(address === email ? 200 : 403);
  });

  it('ends by itself after 12 hours', async () => {
    const browser = await signedUp(rig);
    rig.clock.time += policy.sessionLifeMs - 1;
    expect((await browser.overview()).state).toBe('signed-in');
    rig.clock.time += 1;
    expect((await browser.overview()).state).toBe('signed-out');
    expect((await browser.post('phones/request')).body).toEqual({ code: 'not-signed-in' });
  });
});

describe('accounts', () => {
  it.each(['short', 'x'.repeat(policy.passwordCharacters.most + 1), ''])('refuse the password %j', async (weak) => {
    const { status, body } = await rig.browser().post('sign-up', { email, password: weak });
    expect([status, body]).toEqual([400, { code: 'weak-password' }]);
  });

  it('are one to an address, however it is written', async () => {
    await signedUp(rig);
    const { status, body } = await rig
      .browser()
      .post('sign-up', { email: 'Ana@EXAMPLE.org ', password: 'another one' });
    expect([status, body]).toEqual([409, { code: 'account-exists' }]);
  });

  it.each(['', 'ana', 'a b@c', `${'a'.repeat(250)}@b.org`, 'ana\u202e@example.org', 7, null])(
    'refuse the address %j',
    async (odd) => {
      expect((await rig.browser().post('sign-up', { email: odd, password })).body).toEqual({
        code: 'malformed-message',
      });
    },
  );

  it('are signed out for good', async () => {
    const browser = await signedUp(rig);
    const cookie = browser.cookies.get('tandem-session') as string;
    expect((await browser.post('sign-out')).status).toBe(200);
    expect(browser.cookies.has('tandem-session')).toBe(false);
    browser.cookies.set('tandem-session', cookie);
    expect((await browser.overview()).state).toBe('signed-out');
    expect((await browser.post('sign-out')).status).toBe(200);
  });

  it('are limited by network address, whatever e-mail address is asked for or tried', async () => {
    const browser = rig.browser();
    for (let at = 0; at < policy.attempts.most; at++) {
      expect((await browser.post('sign-in', { email: `ana${at}@example.org` })).status).toBe(200);
    }
    expect((await browser.post('sign-in', { email })).body.code).toBe('too-many-requests');
    expect((await browser.post('sign-in/password', { email, password })).body.code).toBe('too-many-requests');
  });

  it('are made so often by network address', async () => {
    for (let at = 0; at < policy.signUps.most; at++) {
      await rig.browser().post('sign-up', { email: `ana${at}@example.org`, password });
    }
    expect((await rig.browser().post('sign-up', { email, password })).body.code).toBe('too-many-requests');
  });
});
