import { limits as wire } from '../core/limits.ts';

/** Every bound of the relay's own, with unit and reason; those that both ends must agree on are in `src/core/limits.ts`. */
export const relayLimits = {
  /** WebSockets open at once from one address: an office behind one address, or a proxy in front of the relay. */
  socketsPerAddress: 1_000,
  /** Connections open at once from one address, whatever they are for: its sockets, as many that are told to leave, and what fetches. */
  connectionsPerAddress: 2_500,
  /** Channels created from one address in an hour: an office that begins with it; each popup left open makes eleven. */
  creationsPerAddressHour: 600,
  /** How many of these may come at once: some dozen people who pair in the same minutes, or a test-suite. */
  creationsAtOnce: 200,
  /**
   * Refused proofs and unknown channels from one address in a minute: a phone with every pairing of a lost relay. Beyond them
   * each ends its connection, which costs the relay more than the proof did, and no other.
   */
  attachFailuresPerAddressMinute: 120,
  /** Messages put into one channel in a minute, both sides together: a request takes under ten. */
  putsPerChannelMinute: 600,
  /** Bytes that a message may have and still count as one of these; a larger one counts as so many more. 2 MB a minute in all. */
  bytesPerPut: 3_500,
  /** Messages put for the phone of one channel in a minute, so that nobody is asked until they give in: a request takes three. */
  putsToPhoneMinute: 120,
  /**
   * Bytes that one address may leave waiting beyond what its channels may, each for a day; one that lives for an hour counts
   * as a twenty-fourth, whether or not it is acknowledged sooner. As many again may come in the course of a day.
   */
  heldBytesPerAddress: 16 * 1024 * 1024,
  /** What each channel may so leave waiting whatever its address has: a request has less than ten such bytes, an unpairing 500. */
  heldBytesPerChannel: 16 * 1024,
  /** Web Push subscriptions said for one channel in an hour: once at each start of the phone app, and when the browser renews it. */
  subscriptionsPerChannelHour: 120,
  /** Addresses, channels or connections that one rate knows at once, at some 100 bytes each: whoever has a large part of IPv6 has as many networks as it likes. */
  keysPerRate: 250_000,
  /** Channels attached on one connection: more pairings than any device has. */
  channelsPerSocket: 256,
  /** How long a new channel waits for its phone, ms: the life of a QR, and time for slow fingers and clocks. */
  joinWindowMs: wire.pairingOfferLifeMs + 30_000,
  /** How long a closed channel says so, ms: a phone that lay in a drawer for a month still learns of it. */
  tombstoneMs: 30 * 24 * 3_600_000,
  /** How long a channel that was joined stays although neither side opens it, ms: thrice as long as a phone takes before it asks about a pairing. */
  lapseMs: 90 * 24 * 3_600_000,
  /** How much later a channel has to lapse than is written down before that is written anew, ms: one write a day for each pairing. */
  lapseStepMs: 24 * 3_600_000,
  /** Ids remembered per mailbox after their messages are gone: far more than a sender has in flight, so that a repeat is known. */
  rememberedMessages: 256,
  /** Mailboxes opened, joined, subscribed for or closed on one connection in a minute: each it may have, twice over. */
  requestsPerSocketMinute: 512,
  /** Bytes waiting to be read on one connection before it is cut: eight full mailboxes. */
  unreadBytes: 8 * wire.waitingMessages * wire.bodyBytes,
  /** Bytes waiting to be read on all connections before the one with most of them is cut: an eighth of a small server's memory. */
  unreadBytesInAll: 128 * 1024 * 1024,
  /** Pieces in which a WebSocket message may come, fragments or reads: each takes some 250 bytes of memory, however small it is. */
  piecesPerMessage: 64,
  /** Requests on one HTTP connection whose answers wait to be read: browsers and proxies say one at a time. */
  requestsAtOnce: 8,
  /** How long nothing may move on an HTTP connection with an answer under way, ms. */
  httpIdleMs: 30_000,
  /** How long an HTTP connection is kept for the next request, ms: longer than proxies keep theirs (nginx: 60 s), or they would ask on one that ends. */
  keepAliveMs: 75_000,
  /** Time that a client has to take leave after it was told to go, ms. */
  closingMs: 2_000,
  /** How long a TLS handshake, and then an HTTP request, may take to arrive, ms: the largest has 144 bytes of body. */
  arrivalMs: 10_000,
  /**
   * How long nothing may be heard on a connection until it is asked by a WebSocket ping, ms, and then how long an answer may take: after
   * twice this time at most it is dead. Below the idle time-outs of common proxies (60 s).
   */
  pingMs: 30_000,
  /** Between sweeps for what expired, ms. Expired is never delivered; the sweep only makes room and says `closed`. */
  sweepMs: 1_000,
  /** Channels looked at in one sweep, so that it never holds up delivery for long. */
  channelsPerSweep: 500,
  /** Between looks at a mailbox that is open, ms, where several processes share a store: how late a message is whose wake-up was lost. */
  lookMs: 15_000,
  /** How long what may have been missed is gathered before all open mailboxes are read, ms: a cluster in trouble says so dozens of times a second. */
  missedMs: 200,
  /** Time that clients get to close after the relay has said that it restarts, ms. */
  stopGraceMs: 1_000,
  /** How long a relay that stops goes on with the pushes of what it has stored, ms: less than what supervisors wait before they kill. */
  stopPushMs: 5_000,
  /** Over how long clients are spread when the relay restarts, ms for each connection: 5,000 proofs a second were measured. */
  restartSpreadMs: 0.5,
  /** Least wait that a restarting relay asks for, ms: about what its start takes. */
  restartLeastMs: 250,
  /** Least wait that is asked of a connection beyond `socketsPerAddress`, ms; up to twice that, so that they do not come together. */
  crowdedRetryMs: 10_000,
  /** How long `/readyz` waits for the store, ms. */
  readyMs: 2_000,
  /** How long its answer is given again, ms, as each costs a write: less than a balancer waits between two questions. */
  readyAgainMs: 1_000,
  /** Bytes of the disk that the embedded store leaves free: what is under way, several times over. */
  diskReserveBytes: 64 * 1024 * 1024,
  /** How long the embedded store gathers what it writes while more keeps coming, ms: what is acknowledged meanwhile is not written at all. */
  gatherMs: 10,
  /** How long the embedded store keeps what nobody waits for, as what was acknowledged, from being written by itself, ms. */
  unawaitedMs: 50,
  /** Between two times that the embedded store's journal goes into its database, ms: other writes wait for the disk meanwhile. */
  settleMs: 15_000,
  /** Bytes of each of the two parts of the embedded store's journal: seconds of a busy relay, and less than a blink to read at start. */
  journalBytes: 4 * 1024 * 1024,
  /** Changes that go from the journal into the embedded store at once: about a millisecond in which nothing is delivered. */
  changesAtOnce: 500,
  /** Between looks at the free space while messages are stored, ms. */
  diskCheckMs: 100,
  /** When to try again after the store refused, ms. */
  storageRetryMs: 5_000,
  /** How long whoever is there may take to acknowledge before it is woken as well, ms: a phone on a slow network takes a second or two. */
  unreceivedMs: 3_000,
  /** Web Push requests under way at once, one for each channel at most. */
  pushesAtOnce: 32,
  /** Of these to one push service: three that do not answer leave room for a fourth. */
  pushesAtOncePerService: 8,
  /** Web Push requests that wait for their turn; what is beyond is said again later. */
  pushesWaiting: 1_000,
  /** Of these for one channel: one wakes the phone for all that waits, so that what is beyond goes with the last. */
  pushesWaitingPerChannel: 4,
  /** How long a push service may keep the push of a self-test, ms: whoever waits for it is looking at a screen. */
  ringMs: 60_000,
  /** Pushes to one phone in a minute, whatever browser they are from; what is beyond comes later, while it is of use. */
  pushesPerPhoneMinute: 30,
  /** Wait before a push that its service did not take is said again, ms; twice as long each time. */
  pushRetryMs: 1_000,
  /** How long a push service may take, ms. */
  pushMs: 10_000,
  /** Bytes of a Web Push message's plaintext: RFC 8030 §7.2 promises 4,096 with encryption's 103 (RFC 8291 §4). */
  pushBytes: 3_993,
} as const;

export type RelayLimits = { readonly [Name in keyof typeof relayLimits]: number };
