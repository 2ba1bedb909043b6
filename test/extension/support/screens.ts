import type { ErrorCode } from '../../../src/core/errors.ts';
import type { RequestEvent } from '../../../src/core/request.ts';
import type { PairingView, View } from '../../../src/extension/messaging/view.ts';
import { challenge, lifeOf, nothing, observed, pixel, settings } from './views.ts';

/** As long as accounts get, and with nowhere good to break. */
export const longAccount = 'maria-magdalena.von-und-zu-hohenstein-waldburg@students.of.the.example.org.ar.zz';
const longHost = 'login.microsoftonline.com.xn--80ak6aa92e.account-verification-service.example';
const link = `https://relay.example.org/pair#${'aB3-'.repeat(40)}`;
const galaxy = { ...pixel, pairing: 'CCCCCCCCCCCCCCCCCCCCCC', name: 'Samsung Internet on Android', online: false };
const phones = [pixel, galaxy];
const unreadable = { ...galaxy, pairing: 'D', name: '', pairedAt: 0, seenAt: 0, ended: 'pairing-unreadable' as const };
const withheld = ['https://*.okta.com/*', 'https://login.microsoftonline.com/*'];

/** The popup showing something: by the name of its screen and what is particular about it. */
export interface Shown {
  /** Of `main`. */
  screen: string;
  view: View;
  /** What the person presses then, and what has the focus after that. */
  pressed?: { control: string; focus: string };
}

const shown = (screen: string, view: Partial<View>): Shown => ({ screen, view: { ...nothing, phones, ...view } });
const asked = (of: Partial<typeof challenge>) => shown('request', { request: { ...challenge, ...of } });
const number = (of: Partial<typeof observed>, view: Partial<View> = {}) =>
  shown('observed', { request: { ...observed, ...of }, ...view });
const ended = (...events: RequestEvent[]) =>
  shown('ended', { ended: { ...challenge, account: longAccount, life: lifeOf(...events) } });
const pairing = (screen: string, now: PairingView) => shown(screen, { pairing: now });
const warned = (screen: string, suspicion: NonNullable<View['warning']>['suspicion'], host = longHost) =>
  shown(screen, { warning: { id: challenge.id, provider: 'Microsoft', host, suspicion } });
const offer = { step: 'offer', link, expiresAt: Date.now() + 120_000 } as const;
const comparing = { pairing: pixel.pairing, digits: '480217', phone: galaxy.name };
const ring = {
  pairing: 'one',
  phone: galaxy.name,
  isAsked: true,
  passed: { worker: 3, relay: 41, push: 380 },
  failed: null,
};
const failing = (code: ErrorCode): RequestEvent => ({ type: 'failed', code });

/** Every screen of the popup, with what makes it widest and longest. */
export const popupScreens: Readonly<Record<string, Shown>> = {
  'idle without a phone': shown('idle', { phones: [] }),
  'idle where the browser withholds pages': shown('idle', { withheld }),
  'idle on a page that may be allowed': shown('idle', { front: longHost }),
  'a number for one of several apps': number({
    apps: ['Okta Verify', 'Google Authenticator', 'Microsoft Authenticator'],
  }),
  'a number for an app that nobody knows': number({ apps: [] }),
  'idle with phones, of which one is over': shown('idle', {
    phones: [pixel, { ...galaxy, ended: 'channel-closed' }, unreadable],
    departed: galaxy.name,
    joined: { phone: galaxy.name, other: 'Firefox on Windows' },
  }),
  'idle with a phone to remove': {
    ...shown('idle', { phones: [{ ...pixel, name: longAccount.slice(0, 64), ended: 'channel-closed' }] }),
    pressed: { control: '[data-action="remove"]', focus: '[role="alertdialog"] .button:last-child:focus' },
  },
  'a number of the page’s own': asked({ account: longAccount, life: lifeOf({ type: 'sent' }, { type: 'opened' }) }),
  'one that is typed': asked({ isTyped: true, account: longAccount }),
  'one with trouble': asked({ life: lifeOf({ type: 'trouble', code: 'relay-unreachable' }) }),
  'a registration': asked({ type: 'registration', number: null, account: longAccount }),
  'a number to type': number({ number: '42', account: longAccount, life: lifeOf({ type: 'sent' }) }),
  'a long one without a phone': number({ number: '12345678', apps: ['Duo Mobile'] }, { phones: [] }),
  'a number to choose, the password elsewhere': number({
    direction: 'choose',
    pressed: 'other-way',
    isLifeKnown: false,
  }),
  'a letter to compare, no password': number({
    number: 'W',
    direction: 'compare',
    pressed: 'none',
    account: longAccount,
    life: lifeOf({ type: 'trouble', code: 'relay-unreachable' }),
  }),
  'a number that no phone hears of': number({ isQuiet: true, account: longAccount, apps: ['ForgeRock Authenticator'] }),
  approved: ended({ type: 'approved' }),
  denied: ended({ type: 'denied', reason: 'not-me' }),
  mismatched: ended({ type: 'mismatched' }),
  'timed out': ended({ type: 'timed-out' }),
  superseded: ended({ type: 'superseded' }),
  password: ended({ type: 'password' }),
  gone: ended({ type: 'gone' }),
  'failed without a phone': ended(failing('no-phone')),
  'failed elsewhere': ended(failing('wrong-origin')),
  'a look-alike': warned('warning', 'look-alike'),
  'a framed page': warned('warning', 'framed'),
  'a rewritten page': warned('warning', 'rewritten'),
  'a page that may be the organisation’s': warned('ask', 'ask'),
  'a fault': shown('fault', { fault: 'key-storage-broken' }),
  'a code on its way': pairing('pair', { step: 'starting' }),
  'a code': pairing('pair', { ...offer, notice: 'link-used', trouble: 'relay-unreachable' }),
  digits: pairing('digits', { step: 'digits', ...comparing }),
  'digits confirmed here': pairing('waiting', { step: 'waiting', ...comparing }),
  paired: pairing('paired', { step: 'paired', phone: galaxy.name }),
  'a ring that is on its way': shown('ring-test', { ringTests: [ring] }),
  'a ring that did not come': shown('ring-test', { ringTests: [{ ...ring, failed: 'push-lost' }] }),
  'a ring that came': shown('ring-test', {
    ringTests: [{ ...ring, passed: { ...ring.passed, phone: 910, shown: 940, opened: 5_200 } }],
  }),
  'timed out, and why': {
    ...ended({ type: 'timed-out' }),
    view: {
      ...ended({ type: 'timed-out' }).view,
      ringTests: [
        { ...ring, isAsked: false, failed: 'push-refused' },
        { ...ring, isAsked: false, pairing: 'another', phone: galaxy.name },
      ],
    },
  },
  'why a request was not seen, read later': shown('idle', {
    phones: [galaxy],
    ringTests: [{ ...ring, isAsked: false, phone: galaxy.name, failed: 'push-lost' }],
  }),
  'not paired': pairing('pair-failed', { step: 'failed', code: 'digits-refused' }),
  'a code that nobody scanned': pairing('pair-failed', { step: 'failed', code: 'link-expired' }),
};

/** The options in every state. */
export const optionsScreens: Readonly<Record<string, Shown>> = {
  'settings not read yet': shown('options', { settings: null }),
  'settings that cannot be read': shown('options', { settings: 'unreadable' }),
  'all that there can be': shown('options', {
    phones: [pixel, unreadable],
    fault: 'key-storage-broken',
    withheld,
    settings: {
      ...settings,
      unreadPolicy: ['managed.relay', 'managed.hosts'],
      relay: { origin: 'https://relay.contoso.example', isDefault: false, isManaged: false },
      hosts: [
        { host: longHost, isManaged: false, isGranted: true },
        { host: 'sts.contoso.example', isManaged: true, isGranted: false },
      ],
      passwords: [{ origin: 'https://login.microsoftonline.com', account: longAccount }],
    },
  }),
  'a phone to part with': {
    ...shown('options', { phones: [{ ...pixel, name: longAccount.slice(0, 64) }] }),
    pressed: { control: '[data-action="unpair"]', focus: '[role="alertdialog"] .button:last-child:focus' },
  },
  'a phone to remove': {
    ...shown('options', { phones: [{ ...pixel, name: longAccount.slice(0, 64), ended: 'channel-closed' }] }),
    pressed: { control: '[data-action="remove"]', focus: '[role="alertdialog"] .button:last-child:focus' },
  },
  'an organisation’s settings': shown('options', {
    phones: [],
    settings: {
      ...settings,
      relay: { origin: 'https://relay.contoso.example', isDefault: false, isManaged: true },
      numberOnPhone: { is: false, isManaged: true },
    },
  }),
};

/** The welcome page in every state of its own. */
export const welcomeScreens: Readonly<Record<string, Shown>> = {
  'at first': shown('welcome', { phones: [], withheld }),
  'with phones': shown('welcome', {}),
  'with a fault': shown('welcome', { fault: 'key-storage-broken' }),
  'with a code': pairing('pair', { ...offer, notice: null, trouble: null }),
};
