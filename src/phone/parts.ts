import type { ReadonlySignal } from '@preact/signals';
import type { Random } from '../core/keys.ts';
import type { Clock, OpenSocket } from '../relay-client/socket.ts';
import type { Vault } from '../vault/vault.ts';
import type { Authenticator } from './authenticator.ts';

/** What the phone app is handed. */
export interface PhoneParts {
  /** Where this app was served from: the one relay that it talks to. */
  relay: string;
  /** What this phone calls itself to the browsers that it is paired with. */
  deviceName: string;
  vault: Vault;
  open: OpenSocket;
  clock: Clock;
  random: Random;
  authenticator: Authenticator;
  /** Whether the person can see the app. */
  visible: ReadonlySignal<boolean>;
}
