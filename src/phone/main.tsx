import { signal } from '@preact/signals';
import { render } from 'preact';
import { deviceName } from '../core/device-name.ts';
import type { Random } from '../core/keys.ts';
import { type SocketLike, systemClock } from '../relay-client/socket.ts';
import { startText } from '../ui/catalogue.ts';
import '../ui/tokens.css';
import { t } from '../ui/text.ts';
import { Vault } from '../vault/vault.ts';
import { Leadership } from './leadership.ts';
import { Phone } from './phone.ts';
import './phone.css';
import { App } from './screens/app.tsx';
import { Insecure } from './screens/insecure.tsx';
import { Shell } from './shell.ts';
import { takeLink } from './take-link.ts';
import { webAuthn } from './webauthn.ts';

const link = takeLink(location, history);
const random: Random = (length) => crypto.getRandomValues(new Uint8Array(length));

function start(root: HTMLElement): void {
  const visible = signal(document.visibilityState === 'visible');
  const leadership = new Leadership(navigator.locks, new BroadcastChannel('tandem phone'), systemClock);
  const shell = new Shell(
    leadership,
    async () =>
      Phone.open({
        relay: location.origin,
        deviceName: deviceName(navigator.userAgent),
        vault: await Vault.open('tandem-phone'),
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
      }),
    link,
  );
  document.addEventListener('visibilitychange', () => {
    visible.value = document.visibilityState === 'visible';
    if (visible.value) shell.lead();
  });
  window.addEventListener('online', () => shell.wake());
  render(<App shell={shell} />, root);
  if (visible.value) shell.lead();
}

const root = document.getElementById('app');
if (!root) throw new Error('index.html has no #app');
await startText();
if (isSecureContext) start(root);
else render(<Insecure />, root);
