export type Token = 'e' | 's' | 'ee' | 'es' | 'se' | 'ss' | 'psk';

export interface Pattern {
  /** Noise's protocol name (§8). */
  readonly name: string;
  /** Public keys that each side knows beforehand, in pre-message order: the initiator's, then the responder's. */
  readonly before: { readonly initiator: readonly 's'[]; readonly responder: readonly 's'[] };
  /** Tokens of each message, the initiator's first (§7.5, §9.4). */
  readonly messages: readonly (readonly Token[])[];
}

/** The handshakes that Tandem speaks: IK for pairing (the phone knows the browser's key from the QR), KK afterwards. */
export const patterns = {
  IKpsk1: {
    name: 'Noise_IKpsk1_25519_ChaChaPoly_SHA256',
    before: { initiator: [], responder: ['s'] },
    messages: [
      ['e', 'es', 's', 'ss', 'psk'],
      ['e', 'ee', 'se'],
    ],
  },
  KKpsk0: {
    name: 'Noise_KKpsk0_25519_ChaChaPoly_SHA256',
    before: { initiator: ['s'], responder: ['s'] },
    messages: [
      ['psk', 'e', 'es', 'ss'],
      ['e', 'ee', 'se'],
    ],
  },
} as const satisfies Record<string, Pattern>;

export type PatternName = keyof typeof patterns;
