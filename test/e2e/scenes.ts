import type { Browser } from 'playwright-core';
import { afterAll, onTestFinished } from 'vitest';
import { Phone } from '../../src/demo/devices/phone.ts';
import { type Scene, setScene } from './actions.ts';
import { World, type WorldOptions } from './world.ts';

/** One for all tests of a file: each phone has a context of its own, which knows nothing of those before. */
let phones: Promise<Browser> | undefined;
afterAll(async () => {
  await (await phones)?.close();
  phones = undefined;
});

/** A world of its own for one test. */
export async function emptyWorld(options?: WorldOptions): Promise<World> {
  phones ??= Phone.browser(true);
  const world = await World.open({ ...options, phones: await phones });
  onTestFinished(() => world.close());
  return world;
}

/** A world of its own in which a phone is registered, and nobody signed in. */
export async function registeredPhone(account?: string, options?: WorldOptions): Promise<Scene> {
  return setScene(await emptyWorld(options), account);
}
