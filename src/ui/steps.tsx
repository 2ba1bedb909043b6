import type { ErrorCode } from '../core/errors.ts';
import { type Stage, stages } from '../core/request.ts';
import { seconds } from './seconds.ts';
import { textOf } from './text.ts';

interface Props {
  /** How far it has come. */
  stage: Stage;
  /** The last step of the way; missing: `answered`. */
  last?: Stage;
  trouble?: ErrorCode | undefined;
  /** When each stage was reached, ms; seconds since the first are shown where given. */
  reachedAt?: Readonly<Partial<Record<string, number>>>;
}

/** The way of a request, hop by hop, so that a person sees where it stands and where it is stuck. */
export function Steps({ stage, last = 'answered', trouble, reachedAt = {} }: Props) {
  const reached = stages.indexOf(stage);
  return (
    <ol class="steps">
      {stages.slice(0, stages.indexOf(last) + 1).map((name, at) => (
        <li key={name} class={stepClass(at, reached, trouble)} aria-current={at === reached + 1 ? 'step' : undefined}>
          <span class="step-mark" aria-hidden="true" />
          <span>{at === reached + 1 && trouble ? textOf('error', trouble) : textOf('step', name)}</span>
          <span class="step-time" dir="ltr">
            {sinceFirst(reachedAt, name)}
          </span>
        </li>
      ))}
    </ol>
  );
}

function stepClass(at: number, reached: number, trouble: ErrorCode | undefined): string {
  if (at <= reached) return 'step step-done';
  if (at > reached + 1) return 'step';
  return trouble ? 'step step-now step-stuck' : 'step step-now';
}

function sinceFirst(reachedAt: NonNullable<Props['reachedAt']>, name: Stage): string {
  const first = reachedAt.detected;
  const reached = reachedAt[name];
  if (first === undefined || reached === undefined || name === 'detected') return '';
  return seconds(reached - first);
}
