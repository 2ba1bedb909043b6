/** Every bound that both ends of a wire must agree on, with unit and reason. The relay's own bounds are in `src/relay/limits.ts`. */
export const limits = {
  /** Bytes of one message body: a request with a registration's attestation takes under 3 KiB; a Web Push payload ends at 4 KiB. */
  bodyBytes: 8192,
  /** Messages waiting in one mailbox: a phone that was off for a day and asked every minute it was awake. */
  waitingMessages: 64,
  /** Bytes of one WebSocket message: a body with its frame's header, or a push subscription. */
  frameBytes: 8192 + 256,
  /** Longest life of a message, ms: longer than any request (300 s) and short enough that nothing old surprises. */
  messageLifeMs: 24 * 3_600_000,
  /** Life of a request when the page says nothing else, ms. */
  requestLifeMs: 60_000,
  /** Longest life of a request that a page may ask for, ms. */
  longestRequestLifeMs: 300_000,
  /** After the phone's answer, how long the page may take to verify it, ms. */
  verificationGraceMs: 10_000,
  /** Life of a pairing QR, ms. */
  pairingOfferLifeMs: 120_000,
  /** How long two people may take to compare the digits of a pairing, ms. */
  comparingMs: 300_000,
  /** Plaintext is padded to a multiple of this, bytes, so that its length says little. */
  paddingBytes: 256,
  /** Characters of an account name or a site's name as a page gives it. */
  nameCharacters: 256,
  /** Characters of an origin or URL. */
  urlCharacters: 2048,
} as const;
