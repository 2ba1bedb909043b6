import { useEffect, useRef, useState } from 'preact/hooks';
import type { Challenge } from '../../core/challenge.ts';
import { type ErrorCode, isErrorCode } from '../../core/errors.ts';
import { begin, type Stage } from '../../core/request.ts';
import { type NumberMatchOptions, type NumberMatchResult, requestNumberMatch } from '../../page/tandem.ts';
import { Countdown } from '../../ui/countdown.tsx';
import { Steps } from '../../ui/steps.tsx';
import { textOf } from '../../ui/text.ts';

interface Status {
  stage: Stage;
  trouble?: ErrorCode | undefined;
  reachedAt: Readonly<Partial<Record<Stage, number>>>;
}

export interface Match {
  status: Status;
  expiresAt: number;
  /** Ends the request because the person wants the password. */
  choosePassword(): void;
  /** Ends it because nobody waits any more. */
  giveUp(): void;
}

/** Runs a request from when it is shown until it ends or is no more shown. */
export function useNumberMatch(
  challenge: Challenge,
  now: () => number,
  verify: NumberMatchOptions['verify'],
  onEnd: (result: NumberMatchResult) => void,
): Match {
  const [expiresAt] = useState(() => begin(now(), challenge.lifeMs).expiresAt);
  const [status, setStatus] = useState<Status>(() => ({ stage: 'detected', reachedAt: { detected: now() } }));
  const [stop] = useState(() => new AbortController());
  const latest = useRef({ verify, onEnd });
  latest.current = { verify, onEnd };

  useEffect(() => {
    let shown = true;
    const onStatus: NonNullable<NumberMatchOptions['onStatus']> = ({ stage, trouble }) =>
      setStatus(({ reachedAt }) => ({
        stage,
        trouble: trouble === undefined ? undefined : known(trouble),
        reachedAt: { [stage]: now(), ...reachedAt },
      }));
    requestNumberMatch({ challenge, verify: (answer) => latest.current.verify(answer), onStatus, signal: stop.signal })
      .catch((): NumberMatchResult => ({ end: 'failed', code: 'insecure-page' }))
      .then((result) => {
        if (shown) latest.current.onEnd(result);
      });
    return () => {
      shown = false;
      stop.abort('gone');
    };
  }, [challenge, now, stop]);

  return {
    status,
    expiresAt,
    choosePassword: () => stop.abort('password'),
    giveUp: () => stop.abort('gone'),
  };
}

interface Props {
  challenge: Challenge;
  match: Match;
  now: () => number;
}

/** How far a request has come, and how long it has. */
export function MatchProgress({ challenge, match: { status, expiresAt }, now }: Props) {
  const { stage, trouble, reachedAt } = status;
  return (
    <div class="progress">
      <Steps stage={stage} trouble={trouble} reachedAt={reachedAt} />
      <Countdown expiresAt={expiresAt} wholeMs={challenge.lifeMs} now={now} />
      <p class="visually-hidden" aria-live="polite">
        {trouble ? textOf('error', trouble) : textOf('stage', stage)}
      </p>
      {trouble && <p class="progress-advice muted">{textOf('error', trouble, '_next')}</p>}
    </div>
  );
}

/** A code that came over the port, where anything can stand. */
export function known(code: string | undefined): ErrorCode {
  return isErrorCode(code) ? code : 'unexpected';
}
