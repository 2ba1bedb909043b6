import type { ReadonlySignal, Signal } from '@preact/signals';
import type { Random } from '../core/keys.ts';
import type { PushEvent } from '../relay-client/relay-client.ts';
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
  /** The request that the person has opened the app for, by its key. */
  wanted: ReadonlySignal<string | null>;
  /** Outlives the vault where a browser clears only that: whether this phone is paired. */
  paired: Signal<boolean>;
  /** A browser tries whether this phone rings; `id`: the test's. */
  pinged(pairing: string, id: string): Promise<void>;
  /** What the relay says of Web Push. */
  push(pairing: string, event: PushEvent): void;
}
