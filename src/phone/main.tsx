import { signal } from '@preact/signals';
import { render } from 'preact';
import { deviceName } from '../core/device-name.ts';
import type { Random } from '../core/keys.ts';
import { type SocketLike, systemClock } from '../relay-client/socket.ts';
import { startText } from '../ui/catalogue.ts';
import '../ui/tokens.css';
import { t } from '../ui/text.ts';
import { Vault } from '../vault/vault.ts';
import { becomes } from './becomes.ts';
import { Leadership } from './leadership.ts';
import { takeOpenedFor } from './opened-for.ts';
import { pageNames } from './page-names.ts';
import { pairedMarker } from './paired-marker.ts';
import { Phone } from './phone.ts';
import './phone.css';
import type { Ringing } from './ringing.ts';
import { App, Result } from './screens/app.tsx';
import { later } from './screens/later.tsx';
import { Shell } from './shell.ts';
import { takeLink } from './take-link.ts';
import { webAuthn } from './webauthn.ts';

const link = takeLink(location, history);
const openedFor = takeOpenedFor(location, history);
const random: Random = (length) => crypto.getRandomValues(new Uint8Array(length));

function start(root: HTMLElement): void {
  const visible = signal(document.visibilityState === 'visible');
  const wanted = signal(openedFor.wanted ?? null);
  const ringing = signal<Ringing | null>(null);
  const leadership = new Leadership(navigator.locks, new BroadcastChannel(pageNames.leadership), systemClock);
  const shell = new Shell(
    leadership,
    async () =>
      Phone.open({
        relay: location.origin,
        deviceName: deviceName(navigator.userAgent),
        vault: await Vault.open(pageNames.vault),
        open: (url) => new WebSocket(url) as SocketLike,
        clock: systemClock,
        random,
        authenticator: webAuthn({
          credentials: navigator.credentials,
          rpId: location.hostname,
          rpName: t('common_name'),
          isAvailable: () => PublicKeyCredential.isUserVerifyingPlatformAuthenticatorAvailable(),
        }),
        visible,
        wanted,
        paired: pairedMarker(localStorage, pageNames.paired),
        pinged: async (pairing, id) => void ringsFrom.then(() => ringing.value?.pinged(pairing, id)),
        push: (pairing, event) => void ringsFrom.then(() => ringing.value?.push(pairing, event)),
      }),
    link,
  );
  // Once there is something to see: none of it is needed for that.
  const ringsFrom = becomes(() => shell.state.value.is !== 'starting')
    .then(() => Promise.all([import('./start-ringing.ts'), Result.load()]))
    .then(([{ startRinging }]) => {
      startRinging({ shell, visible, wanted, ringing, openedFor });
      // With the texts that have come.
      show();
    });
  const show = () => render(<App shell={shell} ringing={ringing} />, root);
  document.addEventListener('visibilitychange', () => {
    visible.value = document.visibilityState === 'visible';
    if (visible.value) shell.lead();
  });
  window.addEventListener('online', () => shell.wake());
  show();
  if (visible.value) shell.lead();
}

const root = document.getElementById('app');
if (!root) throw new Error('index.html has no #app');
await startText();
if (isSecureContext) start(root);
else {
  const Insecure = later(async () => (await import('./screens/insecure.tsx')).Insecure);
  render(<Insecure />, root);
}
