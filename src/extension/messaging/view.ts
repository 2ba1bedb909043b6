import type { ErrorCode } from '../../core/errors.ts';
import type { RequestLife } from '../../core/request.ts';

interface AnyRequestView {
  id: string;
  /** What is to be matched; a registration has none. */
  number: string | null;
  /** What the page calls itself, or who is known to have it. */
  site: string;
  /** Where the page really is. */
  origin: string;
  /** Null where a page that is watched does not name it. */
  account: string | null;
  life: RequestLife;
}

/** What the screens of a page's own request show. */
export interface ChallengeView extends AnyRequestView {
  type: 'sign-in' | 'registration';
  /** The number is typed on the phone, not picked among others. */
  isTyped: boolean;
}

/** What the screens of a number on somebody else's page show. */
export interface ObservedView extends AnyRequestView {
  type: 'observed';
  number: string;
  /** The app to open on the phone (`Provider.apps`), and what is done with the number there. */
  apps: readonly string[];
  direction: 'choose' | 'type' | 'compare';
  /** Whether `life.expiresAt` is the page's own, or only how long it is waited for. */
  isLifeKnown: boolean;
  /** Where a wish for the password has led, unless to the password. */
  pressed: 'other-way' | 'none' | null;
  /** No phone hears of it, because the person always wants the password here. */
  isQuiet: boolean;
}

export type RequestView = ChallengeView | ObservedView;

export interface PhoneView {
  pairing: string;
  /** Empty, as times are 0, with `pairing-unreadable`. */
  name: string;
  /** ms since 1970. */
  pairedAt: number;
  /** When it was last heard of, ms since 1970. */
  seenAt: number;
  online: boolean;
  /** The relay's word that this pairing is over; `pairing-unreadable`: its keys cannot be read. */
  ended: ErrorCode | null;
}

/** A phone that was paired with another browser too, by the names that people know. */
export interface JoinedView {
  phone: string;
  other: string;
}

/** A pairing on its way. Times are this device's, ms since 1970. */
export type PairingView =
  | { step: 'starting' }
  | {
      step: 'offer';
      /** The link, which is what the QR says. */
      link: string;
      expiresAt: number;
      /** Why the offer before this one ended. */
      notice: ErrorCode | null;
      /** What keeps a phone from joining for now. */
      trouble: ErrorCode | null;
    }
  | { step: 'digits'; pairing: string; digits: string; phone: string }
  | { step: 'waiting'; pairing: string; digits: string; phone: string }
  | { step: 'paired'; phone: string }
  | { step: 'failed'; code: ErrorCode };

/** A number of a provider's where that provider is not at home. */
export interface WarningView {
  id: string;
  /** The provider that it looks like. */
  provider: string;
  /** Where it is, in ASCII. */
  host: string;
  suspicion: 'look-alike' | 'framed' | 'ask' | 'rewritten';
}

export type RingHop = 'worker' | 'relay' | 'push' | 'phone' | 'shown' | 'opened';

/** How far a test of whether a phone rings has come. */
export interface RingTestView {
  pairing: string;
  /** The phone's name. */
  phone: string;
  /** Whether the person asked for it, one at a time; else it ran by itself after a request that was not seen. */
  isAsked: boolean;
  /** When each hop was passed, ms after the test began. */
  passed: Readonly<Partial<Record<RingHop, number | undefined>>>;
  /** Why it came no further. */
  failed: ErrorCode | null;
}

/** `isManaged`: the organisation has set it. */
export interface SettingsView {
  /** For new pairings. */
  relay: { origin: string; isDefault: boolean; isManaged: boolean };
  /** Where organisations' own pages may show their numbers; `isGranted`: the browser allows it too. */
  hosts: { host: string; isManaged: boolean; isGranted: boolean }[];
  /** Whether numbers of other apps are shown on the phone. */
  numberOnPhone: { is: boolean; isManaged: boolean };
  /** Sign-ins for which the person always wants the password. */
  passwords: { origin: string; account: string }[];
  /** Fields of the organisation's policy that cannot be read. */
  unreadPolicy: readonly string[];
}

/** All that the extension's pages show; pushed to them whenever it changes. */
export interface View {
  /** The newest that is open. */
  request: RequestView | null;
  /** The newest that ended within the last minute. */
  ended: RequestView | null;
  /** The newest that was not closed. */
  warning: WarningView | null;
  pairing: PairingView | null;
  /** Of each phone the newest that was not closed. */
  ringTests: readonly RingTestView[];
  /** Oldest first; null until they are known. */
  phones: PhoneView[] | null;
  /** The name of a phone that has just ended its pairing. */
  departed: string | null;
  /** Match patterns of sign-in pages that the browser keeps the extension off. */
  withheld: readonly string[];
  /** What a phone has just been paired with. */
  joined: JoinedView | null;
  /** What keeps the whole extension from working. */
  fault: ErrorCode | null;
  /** The host of the page in front of which the popup was opened last, where the person may yet allow it. */
  front: string | null;
  /** Null until they are known: after its start, the browser takes its time over what an organisation has set. */
  settings: SettingsView | 'unreadable' | null;
}
