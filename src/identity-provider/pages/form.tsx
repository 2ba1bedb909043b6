import type { ComponentChildren } from 'preact';
import { Button } from '../../ui/button.tsx';

interface Props {
  label: string;
  busy: boolean;
  onSubmit(): void;
  children: ComponentChildren;
}

/** Fields and the one button that sends them. The browser itself says which field is missing or malformed. */
export function Form({ label, busy, onSubmit, children }: Props) {
  return (
    <form
      class="stack"
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit();
      }}
    >
      {children}
      <Button kind="primary" type="submit" wide aria-disabled={busy}>
        {label}
      </Button>
    </form>
  );
}
