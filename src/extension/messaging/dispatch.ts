import { AppError } from '../../core/errors.ts';
import { as, object, string } from '../../core/parse.ts';
import type { Caller } from './caller.ts';
import { type InputOf, type MethodName, methods, type OutputOf } from './contract.ts';

export type Handlers = {
  [Name in MethodName]: (input: InputOf<Name>, caller: Caller) => Promise<OutputOf<Name>>;
};

const parseCall = as('malformed-call', object({ name: string(64) }));

/**
 * Answers one call. Throws `malformed-call`, `unknown-method`, `not-allowed` when this caller may not ask that, or what
 * the handler throws.
 */
export async function dispatch(handlers: Handlers, call: unknown, caller: Caller): Promise<unknown> {
  const { name } = parseCall(call, 'call');
  if (!Object.hasOwn(methods, name)) throw new AppError('unknown-method', name);
  const { callers, parse } = methods[name as MethodName];
  if (!callers.includes(caller.kind)) throw new AppError('not-allowed', name);
  const { input } = call as { input?: unknown };
  const handle = handlers[name as MethodName] as (input: unknown, caller: Caller) => Promise<unknown>;
  return handle(as<unknown>('malformed-call', parse)(input, 'input'), caller);
}
