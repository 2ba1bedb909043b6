import { computed, effect, type ReadonlySignal, type Signal, untracked } from '@preact/signals';
import { systemClock as clock } from '../relay-client/socket.ts';
import { backLeadsHome } from './back-leads-home.ts';
import { followUpdates, installWorker } from './install-worker.ts';
import { Notifications } from './notifications.ts';
import { type OpenedFor, parseOpenedFor } from './opened-for.ts';
import type { Phone } from './phone.ts';
import { browserPush, needsInstall } from './push-device.ts';
import { restUnseen } from './rest-unseen.ts';
import { Ringing } from './ringing.ts';
import type { Shell } from './shell.ts';

interface Parts {
  shell: Shell;
  visible: ReadonlySignal<boolean>;
  wanted: Signal<string | null>;
  /** Set for as long as this window leads. */
  ringing: Signal<Ringing | null>;
  /** What the app was opened for. */
  openedFor: OpenedFor;
}

/** What `main` constructs once the first screen is there: the service worker, all about ringing, the way back. */
export function startRinging({ shell, visible, wanted, ringing, openedFor }: Parts): void {
  // Missing in some browsers' private windows.
  const container = navigator.serviceWorker as ServiceWorkerContainer | undefined;
  const installed = installWorker(container);
  const device = browserPush(() => installed, location.origin, needsInstall(navigator));
  const { lang, dir } = document.documentElement;
  const notifications = installed.then(
    (centre) => centre && new Notifications({ centre, clock, lang, dir: dir === 'rtl' ? 'rtl' : 'ltr' }),
  );
  const { phone } = shell;
  backLeadsHome(phone, window);
  /** Missed requests that this phone was tested for: a lead is given up and regained each time the app is brought back. */
  const tested = new Set<string>();
  /** What came while no window led. */
  const waiting: OpenedFor[] = [openedFor];
  const follow = (leads: Phone | null) => {
    ringing.value?.stop();
    const next = leads && new Ringing(leads, device, () => notifications, tested);
    ringing.value = next;
    next?.start();
    if (next) for (const of of waiting.splice(0)) next.opened(of);
  };
  effect(() => {
    const leads = phone.value;
    untracked(() => follow(leads));
  });
  container?.addEventListener('message', ({ data }) => {
    if (data instanceof Uint8Array) {
      ringing.value?.handed(data);
      return;
    }
    const of = parseOpenedFor(data);
    if (of.wanted !== undefined) wanted.value = of.wanted;
    if (ringing.value) ringing.value.opened(of);
    else waiting.push(of);
    if (visible.value && of.rang === undefined) void shell.lead();
  });
  restUnseen(shell, visible, ringing);
  const isAtRest = computed(() => {
    const state = shell.state.value;
    if (visible.value) return false;
    // What is broken may be mended in the version that waits.
    return state.is === 'broken' || (state.is === 'leading' && state.phone.view.value.screen === 'home');
  });
  installed.then((registration) => {
    if (registration && container) followUpdates(registration, container, isAtRest, () => location.reload());
  });
}
