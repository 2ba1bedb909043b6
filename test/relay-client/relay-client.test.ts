import { expect, it } from 'vitest';
import { channel, keys, setUp } from './client-scene.ts';

it('closes a channel as soon as it can', () => {
  const { client, socket, greet } = setUp();
  client.attach({ channel, keys });
  client.close(channel);
  greet();
  expect(socket().frames('close')).toHaveLength(0);
  socket().say({ frame: 'attached', channel, seq: 0, peer: 'away' });
  expect(socket().frames('close')).toHaveLength(1);
});
