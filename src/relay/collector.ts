import { setFlagsFromString } from 'node:v8';

/**
 * Tells V8 not to make short-lived arrays among what is old, as it does where some from the same line lived long. There they
 * keep the message that they held from being collected, until all that is old is looked through. For a whole process, before
 * it serves anybody.
 */
export function keepShortLivedYoung(): void {
  setFlagsFromString('--no-allocation-site-pretenuring');
}
