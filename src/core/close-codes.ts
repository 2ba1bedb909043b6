/** Why a relay ends a WebSocket, and what its client does about it. 4000–4999 are for applications (RFC 6455 §7.4.2). */
export interface CloseReason {
  readonly code: number;
  /** `retries`: connects again. `stops`: connecting again would end the same way. */
  readonly client: 'retries' | 'stops';
  /** How long to wait before that, ms, unless the reason says it in digits; 0: back-off alone. */
  readonly afterMs: number;
}

export const closeReasons = {
  /** The relay restarts; its reason spreads its clients over the time that follows. */
  restarting: { code: 1012, client: 'retries', afterMs: 1_000 },
  /** A frame could not be read; this client is broken or too new. */
  malformed: { code: 4000, client: 'stops', afterMs: 0 },
  /** A frame was larger than the greeting allows. */
  tooLarge: { code: 4001, client: 'stops', afterMs: 0 },
  /** Too much was waiting unread on this connection. */
  slowReader: { code: 4002, client: 'retries', afterMs: 2_000 },
  /** More connections or refusals from this address than allowed. */
  tooMany: { code: 4003, client: 'retries', afterMs: 10_000 },
  /** No answer to a ping. */
  idle: { code: 4004, client: 'retries', afterMs: 0 },
} as const satisfies Record<string, CloseReason>;

const byCode: ReadonlyMap<number, CloseReason> = new Map<number, CloseReason>(
  Object.values(closeReasons).map((reason) => [reason.code, reason]),
);

/** How long the relay asks to wait before connecting again, ms; null where it asks for nothing. */
export function askedWaitMs(code: number, reason: string): number | null {
  if (/^\d{1,6}$/.test(reason)) return Number(reason);
  return byCode.get(code)?.afterMs || null;
}

/** Whether a client connects again after a close code; codes of the network's own always say so. */
export function mayRetry(code: number): boolean {
  return byCode.get(code)?.client !== 'stops';
}
