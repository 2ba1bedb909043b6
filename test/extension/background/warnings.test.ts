import { expect, it, vi } from 'vitest';
import { type Strange, Warnings } from '../../../src/extension/background/warnings.ts';
import { SessionStore } from '../../../src/extension/storage/session-store.ts';
import type { Provider } from '../../../src/providers/provider.ts';
import { providerOf } from '../../../src/providers/registry.ts';
import { MemoryArea } from '../support/memory-area.ts';

const provider = providerOf('entra-mfa') as Provider;
const strange: Strange = { tab: 3, provider, host: 'evil.example', suspicion: 'look-alike' };
const nobody = () => undefined;

/** A worker over what the one before left. */
async function worker(area: MemoryArea, askAgain: (tab: number) => Promise<unknown> = async () => 'yes') {
  const report = vi.fn();
  const closeTab = vi.fn(async () => undefined);
  const warnings = new Warnings({
    store: SessionStore.over(area)('warning:'),
    random: (length) => crypto.getRandomValues(new Uint8Array(length)),
    changed: nobody,
    report,
    askAgain,
    closeTab,
  });
  await warnings.restore();
  return { warnings, report, closeTab };
}

it('a warning is there again in the next worker, at once, and its page may tell of it again', async () => {
  const area = new MemoryArea();
  const id = (await worker(area)).warnings.add(strange, nobody);
  const { warnings } = await worker(area);
  expect(warnings.view()).toEqual({ id, provider: 'Microsoft', host: 'evil.example', suspicion: 'look-alike' });
  const forget = vi.fn();
  expect(warnings.add(strange, forget)).toBe(id);
  warnings.dismiss(id);
  expect(forget).toHaveBeenCalledWith(id);
  expect((await worker(area)).warnings.view()).toBeNull();
});

it('the page of a warning is closed, and of one that is over none', async () => {
  const { warnings, closeTab } = await worker(new MemoryArea());
  const id = warnings.add(strange, nobody);
  await warnings.closePage(id);
  warnings.remove(id);
  await warnings.closePage(id);
  expect(closeTab.mock.calls).toEqual([[strange.tab]]);
});

it('a warning of a page that is gone meanwhile goes too', async () => {
  const area = new MemoryArea();
  const before = (await worker(area)).warnings;
  before.add(strange, nobody);
  before.add({ ...strange, tab: 4, host: 'other.example' }, nobody);
  const { warnings } = await worker(area, async (tab) => (tab === 4 ? 'yes' : null));
  await vi.waitFor(() => expect(warnings.view()?.host).toBe('other.example'));
  await vi.waitFor(() => expect(area.values.size).toBe(1));
});

it.each([{ tab: -1 }, { tab: 3, provider: 'nobody', host: 'evil.example', suspicion: 'look-alike' }, 'x'])(
  'what another version left is no warning: %j',
  async (left) => {
    const area = new MemoryArea();
    await area.set({ 'warning:AAAAAAAAAAAAAAAAAAAAAA': left });
    const { warnings, report } = await worker(area);
    expect(warnings.view()).toBeNull();
    expect(report).not.toHaveBeenCalled();
  },
);
