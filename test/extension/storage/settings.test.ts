import { describe, expect, it } from 'vitest';
import { SessionStore } from '../../../src/extension/storage/session-store.ts';
import { Settings } from '../../../src/extension/storage/settings.ts';
import { MemoryArea } from '../support/memory-area.ts';

describe('the relay that was chosen', () => {
  it('is the build’s own until another is', async () => {
    const settings = new Settings(new MemoryArea(), 'https://ours.example');
    expect(await settings.relay()).toEqual({ origin: 'https://ours.example', isDefault: true });
    await settings.setRelay('http://localhost:9000');
    expect(await settings.relay()).toEqual({ origin: 'http://localhost:9000', isDefault: false });
    await settings.setRelay(null);
    expect(await settings.relay()).toEqual({ origin: 'https://ours.example', isDefault: true });
  });

  it.each([7, null, '', 'http://relay.example', 'javascript:alert(1)', 'https://relay.example/'])(
    'is not %j',
    async (relayOrigin) => {
      const area = new MemoryArea();
      await area.set({ relayOrigin });
      expect((await new Settings(area, 'https://ours.example').relay()).origin).toBe('https://ours.example');
    },
  );
});

describe('the session store', () => {
  it('keeps owners apart who share an area', async () => {
    const area = new MemoryArea();
    const one = new SessionStore(area, 'one:');
    const two = new SessionStore(area, 'two:');
    await one.set({ a: 1, 'inbox:b': 2 });
    await two.set({ a: 3 });
    expect(await one.entries('')).toEqual([
      ['a', 1],
      ['inbox:b', 2],
    ]);
    expect(await one.entries('inbox:')).toEqual([['inbox:b', 2]]);
    await one.remove(['a']);
    expect(await two.entries('')).toEqual([['a', 3]]);
  });
});
