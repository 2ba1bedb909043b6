import type { Refusal } from '../core/frames.ts';

/** Refusals that a later try may not meet. */
export const passingRefusals: ReadonlySet<Refusal> = new Set<Refusal>(['too-many-requests', 'storage-full']);
