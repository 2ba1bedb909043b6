import { errorCodes } from './errors.ts';
import { integer, object, oneOf, optional, type Parser } from './parse.ts';
import { denyReasons, ends, type Phase, type RequestLife, stages } from './request.ts';

const time = integer(0, Number.MAX_SAFE_INTEGER);
const phases: readonly Phase[] = [...stages, ...ends];

/** The life of a request at rest. Throws `malformed-message`, naming the field. */
export const requestLife = object({
  phase: oneOf(...phases),
  expiresAt: time,
  reachedAt: object(Object.fromEntries(phases.map((phase) => [phase, optional(time)]))),
  trouble: optional(oneOf(...errorCodes)),
  reason: optional(oneOf(...denyReasons)),
  code: optional(oneOf(...errorCodes)),
}) as Parser<RequestLife>;
