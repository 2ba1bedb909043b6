import type { ComponentChildren } from 'preact';
import type { ErrorCode } from '../core/errors.ts';
import { textOf } from './text.ts';

interface Props {
  id?: string;
  tone: 'plain' | 'good' | 'warn' | 'bad';
  title: ComponentChildren;
  children?: ComponentChildren;
}

/** One thing that happened and, below it, what to do. A screen reader hears it when it appears. */
export function Notice({ id, tone, title, children }: Props) {
  return (
    <div id={id} class={`notice notice-${tone}`} role={tone === 'bad' ? 'alert' : 'status'}>
      <p class="notice-title">{title}</p>
      {children}
    </div>
  );
}

interface ErrorProps {
  code: ErrorCode;
  tone?: 'warn' | 'bad';
  children?: ComponentChildren;
}

/** What an error code means for people: what happened and what to do next. */
export function ErrorNotice({ code, tone = 'bad', children }: ErrorProps) {
  return (
    <Notice tone={tone} title={textOf('error', code)}>
      <p>{textOf('error', code, '_next')}</p>
      {children}
    </Notice>
  );
}
