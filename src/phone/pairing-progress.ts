import type { Signal } from '@preact/signals';
import type { ErrorCode } from '../core/errors.ts';

/**
 * Another link that was opened while a pairing is under way: the person is asked whether it is to take its place, or told
 * why it cannot.
 */
export type OtherLink = 'asks' | ErrorCode | null;

/** How far the pairing under way has come. */
export type PairingProgress =
  | { readonly stage: 'joining'; readonly other: OtherLink }
  | {
      readonly stage: 'comparing';
      readonly digits: string;
      readonly browser: string;
      readonly confirmed: boolean;
      readonly other: OtherLink;
    }
  | { readonly stage: 'failed'; readonly code: ErrorCode };

/** Where the person sees the pairing under way. */
export interface ShownPairing {
  readonly progress: Signal<PairingProgress | null>;
  /** Why the person was not verified. */
  readonly personProblem: Signal<ErrorCode | null>;
}
