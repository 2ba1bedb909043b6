import type { ErrorCode } from '../core/errors.ts';

/** How far the pairing under way has come. */
export type PairingProgress =
  | { readonly stage: 'joining' }
  | { readonly stage: 'comparing'; readonly digits: string; readonly browser: string; readonly confirmed: boolean }
  | { readonly stage: 'failed'; readonly code: ErrorCode };
