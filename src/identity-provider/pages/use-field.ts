import type { RefObject } from 'preact';
import { useRef } from 'preact/hooks';

/** A text field, which holds its text itself: what a password manager fills in is there without an event. */
export interface Field {
  ref: RefObject<HTMLInputElement | null>;
  value(): string;
}

export function useField(): Field {
  const ref = useRef<HTMLInputElement>(null);
  return { ref, value: () => ref.current?.value ?? '' };
}
