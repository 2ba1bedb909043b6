import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import { Button } from './button.tsx';
import { t } from './text.ts';

interface Props {
  asks: ComponentChildren;
  /** What else there is to know of it. */
  children?: ComponentChildren;
  /** What the button says that does it. */
  yes: string;
  /** What the other one says, where that is more than "Cancel". */
  no?: string;
  busy?: boolean;
  onYes: () => void;
  /** By "Cancel" or the Escape key. */
  onNo: () => void;
}

/** Asks once more before something that cannot be taken back. Who goes on without reading cancels. */
export function Question({ asks, children, yes, no = t('common_cancel'), busy = false, onYes, onNo }: Props) {
  const cancel = useRef<HTMLButtonElement>(null);
  const id = useId();
  useEffect(() => cancel.current?.focus(), []);
  return (
    <div
      class="notice notice-warn question"
      role="alertdialog"
      aria-labelledby={id}
      onKeyDown={({ key }) => {
        if (key === 'Escape') onNo();
      }}
    >
      <p id={id} class="notice-title">
        {asks}
      </p>
      {children}
      <div class="row">
        <Button kind="danger" aria-disabled={busy} onClick={onYes}>
          {yes}
        </Button>
        <Button ref={cancel} onClick={onNo}>
          {no}
        </Button>
      </div>
    </div>
  );
}
