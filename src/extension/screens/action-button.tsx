import type { ComponentChildren } from 'preact';
import { Button } from '../../ui/button.tsx';
import { ErrorNotice } from '../../ui/notice.tsx';
import { useAction } from './use-action.ts';

interface Props {
  /** Names the button for tests, in every language. */
  name: string;
  action: () => Promise<unknown>;
  /** What a screen reader says instead of the text, where several buttons have the same. */
  label?: string;
  kind?: 'primary' | 'plain' | 'danger';
  wide?: boolean;
  children: ComponentChildren;
}

/** A button that asks the background for something and says below it when that was refused. */
export function ActionButton({ name, label, action, children, ...rest }: Props) {
  const { run, busy, failure } = useAction(action);
  return (
    <>
      <Button {...rest} data-action={name} aria-label={label} aria-disabled={busy} onClick={run}>
        {children}
      </Button>
      {failure && <ErrorNotice code={failure} />}
    </>
  );
}
