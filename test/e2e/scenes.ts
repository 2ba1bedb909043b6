import { onTestFinished } from 'vitest';
import { type Scene, setScene } from './actions.ts';
import { World, type WorldOptions } from './world.ts';

/** A world of its own for one test. */
export async function emptyWorld(options?: WorldOptions): Promise<World> {
  const world = await World.open(options);
  onTestFinished(() => world.close());
  return world;
}

/** A world of its own in which a phone is registered, and nobody signed in. */
export async function registeredPhone(account?: string, options?: WorldOptions): Promise<Scene> {
  return setScene(await emptyWorld(options), account);
}
