import { signal } from '@preact/signals';
import { afterEach, beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import { Leadership } from '../../src/phone/leadership.ts';
import type { Phone } from '../../src/phone/phone.ts';
import { restUnseen } from '../../src/phone/rest-unseen.ts';
import { Shell } from '../../src/phone/shell.ts';
import { settled } from '../extension/support/settled.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { seen } from './scene.ts';
import { TestLocks } from './test-locks.ts';

/** The app as a shell sees it. */
class TestPhone {
  readonly place = signal('home');
  readonly isQuiet = signal(true);
  readonly actions = { openLink: vi.fn() };
  readonly stop = vi.fn();
}

/** One window: what it opens is there once the test says so. */
class TestWindow {
  readonly visible = signal(true);
  readonly ringing = signal<{ subscriptions: { state: ReturnType<typeof signal> } } | null>(null);
  readonly opened: ((phone: Phone) => void)[] = [];
  readonly leadership: Leadership;
  readonly shell: Shell;

  constructor(link: string | null = null) {
    const channel = new BroadcastChannel(channelName);
    onTestFinished(() => channel.close());
    this.leadership = new Leadership(locks as never, channel as never, new ManualClock());
    this.shell = new Shell(this.leadership, () => new Promise((resolve) => this.opened.push(resolve)), link);
    restUnseen(this.shell, this.visible, this.ringing as never);
  }

  /** Once it opens the app for the nth time, from 1. */
  async open(times: number): Promise<TestPhone> {
    await vi.waitFor(() => expect(this.opened).toHaveLength(times));
    const phone = new TestPhone();
    this.opened[times - 1]?.(phone as never);
    return phone;
  }
}

let windows = 0;
let channelName: string;
let locks: TestLocks;

beforeEach(() => {
  channelName = `shell ${windows++}`;
  locks = new TestLocks();
});

afterEach(() => vi.restoreAllMocks());

const rings = () => ({ subscriptions: { state: signal({ is: 'on' }) } });

it('gives up the lead also where the person has left the app while it was only taking it', async () => {
  const window = new TestWindow();
  const { shell, visible, ringing } = window;
  void shell.lead();
  await vi.waitFor(() => expect(window.opened).toHaveLength(1));
  visible.value = false;
  const phone = await window.open(1);
  await seen(shell.phone, (leads) => leads !== null);
  expect(phone.stop).not.toHaveBeenCalled();
  ringing.value = rings();
  await vi.waitFor(() => expect(phone.stop).toHaveBeenCalledOnce());
  // What was on the screen stays there.
  expect(shell.state.value.is).toBe('leading');
  await vi.waitFor(() => expect(locks.isFree).toBe(true));
});

it('keeps the lead until what is under way has come to its end', async () => {
  const window = new TestWindow();
  void window.shell.lead();
  const phone = await window.open(1);
  await seen(window.shell.phone, (leads) => leads !== null);
  window.ringing.value = rings();
  phone.isQuiet.value = false;
  window.visible.value = false;
  expect(locks.isFree).toBe(false);
  phone.isQuiet.value = true;
  await vi.waitFor(() => expect(locks.isFree).toBe(true));
});

it('leads again where the person comes back to a window while it lets go for another', async () => {
  const [first, other] = [new TestWindow(), new TestWindow()];
  void first.shell.lead();
  await vi.waitFor(() => expect(first.opened).toHaveLength(1));
  // The other asks while the first is still opening.
  void other.shell.lead();
  await vi.waitFor(() => expect(locks.waiting).toBe(1));
  await vi.waitFor(() => expect(first.leadership.isLettingGo).toBe(true));
  void first.shell.lead();
  await first.open(1);
  await other.open(1);
  await first.open(2);
  await seen(other.shell.state, ({ is }) => is === 'elsewhere');
  await seen(first.shell.state, ({ is }) => is === 'leading');
});

it('opens a link once it leads, also where another window had the lead in between', async () => {
  const [first, other] = [new TestWindow('https://link.example'), new TestWindow()];
  void first.shell.lead();
  await vi.waitFor(() => expect(first.opened).toHaveLength(1));
  void other.shell.lead();
  await vi.waitFor(() => expect(first.leadership.isLettingGo).toBe(true));
  const left = await first.open(1);
  await other.open(1);
  await seen(first.shell.state, ({ is }) => is === 'elsewhere');
  expect(left.actions.openLink).not.toHaveBeenCalled();
  void first.shell.lead();
  const phone = await first.open(2);
  await seen(first.shell.phone, (leads) => leads === (phone as never));
  expect(phone.actions.openLink).toHaveBeenCalledExactlyOnceWith('https://link.example');
});

it('is led in one window where two ask at once and hear each other', async () => {
  const [first, other] = [new TestWindow(), new TestWindow()];
  void first.shell.lead();
  void other.shell.lead();
  for (const { leadership } of [first, other]) await vi.waitFor(() => expect(leadership.isLettingGo).toBe(true));
  await first.open(1);
  await seen(first.shell.state, ({ is }) => is === 'elsewhere');
  await other.open(1);
  await seen(other.shell.state, ({ is }) => is === 'leading');
});

it('rests where it is left, though the person had turned to it again while it waited for the lead', async () => {
  const [first, other] = [new TestWindow(), new TestWindow()];
  void first.shell.lead();
  void other.shell.lead();
  for (const { leadership } of [first, other]) await vi.waitFor(() => expect(leadership.isLettingGo).toBe(true));
  void other.shell.lead();
  await first.open(1);
  const phone = await other.open(1);
  await seen(other.shell.phone, (leads) => leads !== null);
  other.ringing.value = rings();
  other.visible.value = false;
  await vi.waitFor(() => expect(phone.stop).toHaveBeenCalledOnce());
  await settled();
  expect(locks.isFree).toBe(true);
  expect(other.opened).toHaveLength(1);
});
