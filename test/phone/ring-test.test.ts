import { afterEach, beforeEach, expect, it } from 'vitest';
import { base64url } from '../../src/core/bytes.ts';
import { decodeRelayFrame } from '../../src/core/frames.ts';
import { Ringing } from '../../src/phone/ringing.ts';
import { startPushService } from '../relay/push-service.ts';
import { Scene, seen } from './scene.ts';
import { TestPush } from './test-push.ts';

let scene: Scene;
let service: Awaited<ReturnType<typeof startPushService>>;
let push: TestPush;
let ringing: Ringing;

/** As for each window that leads. */
function lead(): void {
  ringing = new Ringing(scene.phone, push, async () => null, new Set());
  scene.pushed = (pairing, event) => ringing.push(pairing, event);
  ringing.start();
}

/** The app is left and opened again. */
async function again(): Promise<void> {
  ringing.stop();
  await scene.reload();
  lead();
}

/** Once it has failed, with a push service that answers so. */
async function failed(status: number): Promise<void> {
  service.answer(status);
  void ringing.test.run();
  await seen(ringing.test.failure, (failure) => failure !== null);
  await expect.poll(kept).toBe(true);
}

/** Whether the next lead will say that the phone does not ring. */
async function kept(): Promise<boolean> {
  return (await scene.phone.vault.names('failed-ring')).length > 0;
}

/** The id of the test that the push service was handed. */
async function rung(): Promise<string> {
  const frame = decodeRelayFrame((await service.next()).payload as Uint8Array);
  if (frame.frame !== 'ringing') throw new Error('another push');
  return base64url(frame.id);
}

beforeEach(async () => {
  service = await startPushService();
  scene = await Scene.open({ alsoAllow: [service.origin] });
  push = new TestPush(service.subscription);
  await scene.pairedBrowser();
  lead();
  await seen(ringing.subscriptions.state, ({ is }) => is === 'on');
});

afterEach(async () => {
  ringing.stop();
  await scene.close();
  await service.stop();
});

it('is told of to a person who has looked away, until one passes', async () => {
  await failed(403);
  await service.next();
  await again();
  expect(await seen(ringing.test.failure, (failure) => failure !== null)).toBe('push-refused');
  expect(ringing.test.state.value).toBeNull();
  expect(ringing.rings).toBe(false);
  service.answer(201);
  void ringing.test.run();
  ringing.opened({ rang: await rung() });
  await seen(ringing.test.failure, (failure) => failure === null);
  expect(ringing.rings).toBe(true);
  await expect.poll(kept).toBe(false);
});

it('is told of until the person has read it', async () => {
  await failed(403);
  ringing.test.forget();
  expect(ringing.test.failure.value).toBeNull();
  await expect.poll(kept).toBe(false);
});

it('is told of no more where a browser has rung the phone, also while it is only being read', async () => {
  await failed(403);
  await again();
  ringing.opened({ rang: base64url(new Uint8Array(16).fill(1)) });
  await expect.poll(kept).toBe(false);
  expect(ringing.test.failure.value).toBeNull();
});

it('is told of no more where a push has come to the app itself', async () => {
  await failed(403);
  const { payload } = await service.next();
  ringing.handed(payload as Uint8Array);
  await expect.poll(kept).toBe(false);
  expect(ringing.test.failure.value).toBeNull();
  expect(ringing.rings).toBe(true);
});

it('is not told of later where only the relay could not be heard for a moment', async () => {
  scene.deafen();
  void ringing.test.run();
  await service.next();
  scene.clock.pass(15_000);
  expect(await seen(ringing.test.failure, (failure) => failure !== null)).toBe('relay-timeout');
  // Whatever was to be kept is stored before this is.
  await scene.phone.vault.probe();
  await again();
  await seen(ringing.subscriptions.state, ({ is }) => is === 'on');
  expect(await kept()).toBe(false);
  expect(ringing.rings).toBe(true);
});

it('is told of until there is another subscription, of which nothing is known yet', async () => {
  await failed(403);
  push.key = base64url(new Uint8Array(65).fill(5));
  await again();
  await expect.poll(kept).toBe(false);
  expect(ringing.test.failure.value).toBeNull();
});

it('has passed once the phone has rung, whatever the push service says', async () => {
  service.answer(500);
  void ringing.test.run();
  ringing.opened({ rang: await rung() });
  await seen(ringing.test.state, (state) => state?.passed.shown !== undefined);
  expect(ringing.test.isUnderWay).toBe(false);
  expect(ringing.test.failure.value).toBeNull();
});
