/** What a page offers besides waiting for the phone. */
export const controlNames = ['password', 'otherWay', 'resend', 'cancel'] as const;
export type ControlName = (typeof controlNames)[number];

/**
 * One family of sign-in pages that show a number for a phone: everything the engine knows of it, as data.
 * Selectors are CSS lists; `src/providers/README.md` says how to write one.
 */
export interface Provider {
  readonly id: string;
  /** Who asks, as people call it. */
  readonly name: string;
  /** The app to open on the phone, by its name; several where any of them will do, none where it may be any. */
  readonly apps: readonly string[];
  /** On the phone the person picks the number among several, types it, or only compares it. */
  readonly direction: 'choose' | 'type' | 'compare';
  readonly hosts: {
    readonly exact?: readonly string[];
    /** `okta.com` stands for `acme.okta.com` and not for `okta.com` itself. */
    readonly suffix?: readonly string[];
    /** Organisations have it on hosts of their own; it is looked for there once a person or an administrator granted the host. */
    readonly custom?: true;
  };
  /** Match patterns for the manifest: every fixed host. */
  readonly matches: readonly string[];
  /** Paths where the page can be. Missing: everywhere on its hosts. */
  readonly path?: RegExp;
  /** What stands on the page besides the number. */
  readonly marker: {
    /** An element for each of these. */
    readonly all?: readonly string[];
    /** One element of these. */
    readonly any?: string;
    /** No visible element of these. */
    readonly none?: string;
  };
  readonly number: {
    /** In order of preference. */
    readonly selectors: readonly string[];
    /** Of the whole text with no blanks. With a group, of the text with its blanks, and the group is the number. */
    readonly form: RegExp;
  };
  readonly account: {
    /** In order of preference. */
    readonly selectors?: readonly string[];
    /** Attributes to read, in order; `text` is the text. */
    readonly from?: readonly string[];
    /** The part that is the account. Missing: all of it. */
    readonly form?: RegExp;
    /** Finds it in an inline script, as a JSON text in group 1. */
    readonly script?: RegExp;
    /** The page may not name it: then it is that of the step before, in the same tab. */
    readonly carry?: true;
  };
  /** How long the page waits, ms; null where only its server knows. */
  readonly lifeMs: number | null;
  /** Each in order of preference. */
  readonly controls: Readonly<Partial<Record<ControlName, readonly string[]>>>;
  readonly states: {
    readonly approved?: string;
    readonly denied?: string;
    readonly timedOut?: string;
    /** Denied or timed out, with the same markup for both. */
    readonly failed?: string;
    /** Paths on the provider's own host that mean approved. */
    readonly approvedPath?: RegExp;
    readonly deniedPath?: RegExp;
    /** Going elsewhere on the same host means approved too. Missing: only leaving the host does. */
    readonly leavesPath?: true;
    /** Some failures are nothing but a sentence. */
    readonly onlyWords?: true;
  };
  /** What no other page has: the sign by which a copy on a foreign host is known. */
  readonly giveaway: string;
}
