/** Why a relay ends a WebSocket, and what its client does about it. 4000–4999 are for applications (RFC 6455 §7.4.2). */
export interface CloseReason {
  readonly code: number;
  /** `retries`: connects again with back-off. `stops`: connecting again would end the same way. */
  readonly client: 'retries' | 'stops';
  readonly prose: string;
}

export const closeReasons = {
  restarting: { code: 1012, client: 'retries', prose: 'The relay restarts; the reason holds how many ms to wait.' },
  malformed: { code: 4000, client: 'stops', prose: 'A frame could not be read; this client is broken or too new.' },
  tooLarge: { code: 4001, client: 'stops', prose: 'A frame was larger than the greeting allows.' },
  slowReader: { code: 4002, client: 'retries', prose: 'Too much was waiting unread on this connection.' },
  tooMany: { code: 4003, client: 'retries', prose: 'More connections or refusals from this address than allowed.' },
  idle: { code: 4004, client: 'retries', prose: 'No answer to a ping.' },
} as const satisfies Record<string, CloseReason>;

const byCode: ReadonlyMap<number, CloseReason> = new Map<number, CloseReason>(
  Object.values(closeReasons).map((reason) => [reason.code, reason]),
);

/** Whether a client connects again after a close code; codes of the network's own always say so. */
export function mayRetry(code: number): boolean {
  return byCode.get(code)?.client !== 'stops';
}
