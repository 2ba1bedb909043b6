/** The sign-in policy in numbers, with unit and reason. */
export const policy = {
  /** What this provider calls itself, for people. */
  site: 'Tandem ID',
  /** Characters: NIST SP 800-63B §3.1.1.2 asks for 8 at least; the upper bound keeps hashing cheap. */
  passwordCharacters: { least: 8, most: 128 },
  /** Life of a registration request, ms: the person has to find the phone, and reads what it asks for the first time. */
  registrationLifeMs: 120_000,
  /** How recently the password must have been entered for adding a phone, ms. */
  recentPasswordMs: 5 * 60_000,
  /** Life of a session, ms: a working day, so that a forgotten computer is signed out by the next one. */
  sessionLifeMs: 12 * 3_600_000,
  /** How long a request is remembered after its end, ms: a page that slept may still tell how it ended. */
  requestMemoryMs: 5 * 60_000,
  /** How long a browser is known after a sign-in in it, ms: half a year, begun anew by each. */
  browserLifeMs: 180 * 24 * 3_600_000,
  /** Browsers that an account knows at once; beyond, the one that signed in longest ago is a stranger again. */
  knownBrowsers: 32,
  /** Wrong passwords per e-mail address, so many at once and then evenly: of each browser that the account knows, and of all others together. */
  passwordAttempts: { most: 5, windowMs: 15 * 60_000 },
  /** The same of requests without a success in between: more would teach people to tap them away. */
  numberRequests: { most: 10, windowMs: 5 * 60_000 },
  /**
   * E-mail addresses and passwords per network address, right or wrong: a whole office's, and yet no way to keep the server
   * hashing, or to ask for many addresses.
   */
  attempts: { most: 1_000, windowMs: 15 * 60_000 },
  /** Passwords that are hashed or wait for it at once, at some 25 ms and 19 MiB each. */
  hashings: 32,
  /** New accounts per network address: hashing is costly, and it is how one could ask for taken addresses. */
  signUps: { most: 20, windowMs: 3_600_000 },
  /** Keys that one rate limit remembers; beyond, the oldest is forgotten. */
  rateLimitKeys: 50_000,
  /** Entries of an account's sign-in log. */
  logEntries: 50,
  /** Bytes of a request's body: the longest answer takes under 9 KiB. */
  bodyBytes: 16_384,
} as const;
