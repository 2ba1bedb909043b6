import { AppError, isErrorCode } from '../../core/errors.ts';
import { browser } from './browser.ts';
import type { InputOf, MethodName, OutputOf } from './contract.ts';

/** Asks the background, waking it where needed. Throws `AppError` with the code that it refused with. */
export async function call<Name extends MethodName>(name: Name, input: InputOf<Name>): Promise<OutputOf<Name>> {
  const reply: unknown = await browser.runtime.sendMessage({ name, input });
  if (typeof reply !== 'object' || reply === null) throw new AppError('unexpected', 'no reply');
  if ('code' in reply) throw new AppError(isErrorCode(reply.code) ? reply.code : 'unexpected', name);
  return (reply as { output: OutputOf<Name> }).output;
}
