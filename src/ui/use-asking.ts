import type { RefObject } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

export interface Asking {
  readonly isOpen: boolean;
  /** For the button that it is opened with. */
  readonly opener: { readonly ref: RefObject<HTMLButtonElement | null>; readonly onClick: () => void };
  readonly close: () => void;
}

/**
 * Something that is asked in the place of the button that it is opened with. When it is over the focus is on that button
 * again, or, where that has gone with what it was for, on the heading of the screen.
 */
export function useAsking(): Asking {
  const [isOpen, setOpen] = useState(false);
  const ref = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (!isOpen) return;
    return () => (ref.current ?? document.querySelector('h1'))?.focus();
  }, [isOpen]);
  return { isOpen, opener: { ref, onClick: () => setOpen(true) }, close: () => setOpen(false) };
}
