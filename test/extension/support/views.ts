import { advance, begin, type RequestEvent, type RequestLife } from '../../../src/core/request.ts';
import type {
  ChallengeView,
  ObservedView,
  PhoneView,
  SettingsView,
  View,
} from '../../../src/extension/messaging/view.ts';

/** A life that has just begun, and had these events. */
export function lifeOf(...events: RequestEvent[]): RequestLife {
  return events.reduce((life, event) => advance(life, event, Date.now()), begin(Date.now()));
}

export const settings: SettingsView = {
  relay: { origin: 'https://relay.example', isDefault: true, isManaged: false },
  hosts: [],
  numberOnPhone: { is: true, isManaged: false },
  passwords: [],
  unreadPolicy: [],
};

/** Nothing is waiting, and no phone is paired. */
export const nothing: View = {
  request: null,
  ended: null,
  warning: null,
  pairing: null,
  ringTests: [],
  phones: [],
  departed: null,
  withheld: [],
  joined: null,
  fault: null,
  front: null,
  settings,
};

/** A page's own request. */
export const challenge: ChallengeView = {
  id: 'AAAAAAAAAAAAAAAAAAAAAA',
  type: 'sign-in',
  number: '42',
  isTyped: false,
  site: 'Example',
  origin: 'https://site.example',
  account: 'ana@example.org',
  life: lifeOf(),
};

/** A number on somebody else's page. */
export const observed: ObservedView = {
  ...challenge,
  type: 'observed',
  number: '07',
  site: 'Microsoft',
  account: null,
  apps: ['Microsoft Authenticator'],
  direction: 'type',
  isLifeKnown: true,
  pressed: null,
  isQuiet: false,
};

export const pixel: PhoneView = {
  pairing: 'BBBBBBBBBBBBBBBBBBBBBB',
  name: 'Pixel',
  pairedAt: 0,
  seenAt: 0,
  online: true,
  ended: null,
};
