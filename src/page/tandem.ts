import type { Challenge } from '../core/challenge.ts';
import type { PageAnswer, PageHello, PageMessage } from '../core/page-protocol.ts';
import type { DenyReason, End, Stage } from '../core/request.ts';

// Only types come from core: this file is all that a sign-in page loads of Tandem (docs/page-module.md).

/** What the page's identity provider made of an answer. `code`: one of core's `ErrorCode`. */
export type VerifyOutcome = { outcome: 'approved' | 'mismatched' } | { outcome: 'failed'; code: string };

export interface NumberMatchOptions {
  challenge: Challenge;
  /** Hands the phone's answer to the identity provider, which alone can say whether it approves. */
  verify(answer: PageAnswer): Promise<VerifyOutcome>;
  /** `trouble`: an `ErrorCode` for what holds the request up for now. */
  onStatus?(status: { stage: Stage; trouble?: string }): void;
  /** `abort('password')`: the person wants the password. Any other reason: nobody waits for this request any more. */
  signal?: AbortSignal;
}

export interface NumberMatchResult {
  end: End;
  /** With `denied`. */
  reason?: DenyReason;
  /** With `failed`: an `ErrorCode`. */
  code?: string;
}

/**
 * An extension that is there says so within twice this time, ms. Twice, so that a page which itself stood still for longer
 * hears what came meanwhile before it gives up.
 */
const presenceMs = 750;
/** Core's `verificationGraceMs`: what an answer in the last moment has for being verified. */
const graceMs = 10_000;
/** Longest text in a message: core's `bodyBytes`. */
const mostCharacters = 8_192;

const stages: Record<Stage, true> = {
  detected: true,
  sent: true,
  stored: true,
  received: true,
  opened: true,
  answered: true,
};
/** Ends that an extension may tell of. `approved` and `mismatched` are the identity provider's to say. */
const foreignEnds: Record<Exclude<End, 'approved' | 'mismatched'>, true> = {
  denied: true,
  'timed-out': true,
  superseded: true,
  password: true,
  gone: true,
  failed: true,
};
const reasons: Record<DenyReason, true> = { 'not-me': true, 'by-mistake': true };

const code = /^[a-z-]{1,40}$/;
const encoded = /^[\w-]*$/;
const answerShapes: Record<Challenge['type'], { decision: PageAnswer['decision']; texts: Record<string, RegExp> }> = {
  'sign-in': {
    decision: 'approve',
    texts: {
      chosen: /^[1-9]\d$/,
      credentialId: encoded,
      clientDataJSON: encoded,
      authenticatorData: encoded,
      signature: encoded,
    },
  },
  registration: {
    decision: 'register',
    texts: { phone: /\S/, credentialId: encoded, clientDataJSON: encoded, attestationObject: encoded },
  },
};

type Fields = Record<string, unknown>;

const isObject = (value: unknown): value is Fields => typeof value === 'object' && value !== null;
const isText = (value: unknown, pattern: RegExp): value is string =>
  typeof value === 'string' && value.length <= mostCharacters && pattern.test(value);
const isKey = <T extends string>(value: unknown, table: Record<T, true>): value is T =>
  typeof value === 'string' && Object.hasOwn(table, value);

/** The answer to this very challenge with the fields that it has and no other, or null. */
function answerTo({ id, type }: Challenge, given: unknown): PageAnswer | null {
  const { decision, texts } = answerShapes[type];
  if (!isObject(given) || given.decision !== decision || given.id !== id) return null;
  const answer: Fields = { decision, id };
  for (const [name, pattern] of Object.entries(texts)) {
    if (!isText(given[name], pattern)) return null;
    answer[name] = given[name];
  }
  if (decision === 'register') {
    const transports = given.transports;
    if (!Array.isArray(transports) || transports.length > 8) return null;
    if (!transports.every((transport) => isText(transport, /^[a-z-]{1,32}$/))) return null;
    answer.transports = transports;
  }
  return answer as PageAnswer;
}

/**
 * Asks the person's phone, through the browser extension, to match this challenge's number (docs/protocol.md §6).
 * Resolves once, with how it ended; `{ end: 'failed', code: 'no-extension' }` after 1.5 s in which no extension spoke up.
 * Rejects only where the browser cannot post the challenge at all.
 */
export async function requestNumberMatch(options: NumberMatchOptions): Promise<NumberMatchResult> {
  const { challenge, verify, onStatus, signal } = options;
  const { port1: port, port2 } = new MessageChannel();
  const startedAt = performance.now();
  let verifying = false;
  let over = false;

  return new Promise((resolve) => {
    let presence = setTimeout(() => {
      presence = setTimeout(finish, presenceMs, { end: 'failed', code: 'no-extension' }, { type: 'gone' });
    }, presenceMs);
    let life = setTimeout(timeOut, challenge.lifeMs);

    /** The first call counts: it closes the port and takes every way back to here away. */
    function finish(result: NumberMatchResult, last?: PageMessage | { type: 'failed'; code: string }): void {
      if (over) return;
      over = true;
      clearTimeout(presence);
      clearTimeout(life);
      signal?.removeEventListener('abort', abort);
      port.onmessage = null;
      if (last) port.postMessage(last);
      port.close();
      resolve(result);
    }

    function timeOut(): void {
      finish({ end: 'timed-out' }, { type: 'timed-out' });
    }

    function abort(): void {
      const end = signal?.reason === 'password' ? 'password' : 'gone';
      finish({ end }, { type: end });
    }

    function conclude(verdict: VerifyOutcome): void {
      if (verdict.outcome === 'failed') {
        finish({ end: 'failed', code: verdict.code }, { type: 'failed', code: verdict.code });
      } else finish({ end: verdict.outcome }, { type: verdict.outcome });
    }

    function check(answer: PageAnswer): void {
      verifying = true;
      clearTimeout(life);
      life = setTimeout(timeOut, startedAt + challenge.lifeMs + graceMs - performance.now());
      new Promise<VerifyOutcome>((done) => done(verify(answer)))
        .then(conclude)
        .catch(() => conclude({ outcome: 'failed', code: 'unexpected' }));
      onStatus?.({ stage: 'answered' });
    }

    port.onmessage = ({ data }: MessageEvent<unknown>) => {
      if (!isObject(data)) return;
      // Once it verifies, nothing counts but the person's wish for the password.
      const isWish = data.type === 'ended' && data.end === 'password';
      if (verifying && !isWish) return;
      if (data.type === 'status' && isKey(data.stage, stages)) {
        clearTimeout(presence);
        onStatus?.({ stage: data.stage, ...(isText(data.trouble, code) ? { trouble: data.trouble } : {}) });
      } else if (data.type === 'answer') {
        const answer = answerTo(challenge, data.answer);
        if (!answer) return;
        clearTimeout(presence);
        check(answer);
      } else if (data.type === 'ended' && isKey(data.end, foreignEnds)) {
        finish({
          end: data.end,
          ...(isKey(data.reason, reasons) ? { reason: data.reason } : {}),
          ...(isText(data.code, code) ? { code: data.code } : {}),
        });
      }
    };

    if (signal?.aborted) return abort();
    signal?.addEventListener('abort', abort);
    const hello: PageHello = { tandem: 1, challenge };
    window.postMessage(hello, location.origin, [port2]);
  });
}
