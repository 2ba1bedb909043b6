import type { Runtime } from 'webextension-polyfill';
import { codeOf, type ErrorCode } from '../../core/errors.ts';
import { callerOf, type Own } from './caller.ts';
import { dispatch, type Handlers } from './dispatch.ts';

/** What goes back for a call. */
export type Reply = { output: unknown } | { code: ErrorCode };

/** Answers calls from now on. To be called while the worker starts, before anything is awaited. */
export function listen(onMessage: Runtime.Static['onMessage'], own: Own, handlers: Handlers): void {
  onMessage.addListener((call, sender, respond) => {
    reply(call, sender).then(respond);
    // Keeps the channel open for an answer that comes later.
    return true;
  });

  async function reply(call: unknown, sender: Runtime.MessageSender): Promise<Reply> {
    try {
      return { output: await dispatch(handlers, call, callerOf(sender, own)) };
    } catch (thrown) {
      return { code: codeOf(thrown) };
    }
  }
}
