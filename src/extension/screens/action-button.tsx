import type { ComponentChildren } from 'preact';
import { Button } from '../../ui/button.tsx';
import { ErrorNotice } from '../../ui/notice.tsx';
import { useAction } from './use-action.ts';

interface Props {
  /** Names the button for tests, in every language. */
  name: string;
  action: () => Promise<unknown>;
  kind?: 'primary' | 'plain' | 'danger';
  wide?: boolean;
  children: ComponentChildren;
}

/** A button that asks the background for something and says below it when that was refused. */
export function ActionButton({ name, action, children, ...rest }: Props) {
  const { run, busy, failure } = useAction(action);
  return (
    <>
      <Button {...rest} data-action={name} aria-disabled={busy} onClick={run}>
        {children}
      </Button>
      {failure && <ErrorNotice code={failure} />}
    </>
  );
}
