import { expect, it } from 'vitest';
import { ChosenSettings } from '../../../src/extension/background/chosen-settings.ts';
import { Settings } from '../../../src/extension/storage/settings.ts';
import { MemoryArea } from '../support/memory-area.ts';

it('settings that the browser cannot read are said to be unreadable, until it can; then they stay', async () => {
  const area = new MemoryArea();
  const get = area.get.bind(area);
  const broken = new Error('An unexpected error occurred');
  area.get = () => Promise.reject(broken);
  const settings = new Settings(area, new MemoryArea(), 'https://ours.example');
  const seen: unknown[] = [];
  const chosen: ChosenSettings = new ChosenSettings({
    settings,
    granted: () => [],
    changed: () => void seen.push(chosen.view()),
  });
  expect(chosen.view()).toBeNull();
  await expect(chosen.load()).rejects.toBe(broken);
  area.get = get;
  await chosen.load();
  area.get = () => Promise.reject(broken);
  await expect(chosen.load()).rejects.toBe(broken);
  const read = expect.objectContaining({ numberOnPhone: { is: true, isManaged: false } });
  expect(seen).toEqual(['unreadable', read, read]);
});
