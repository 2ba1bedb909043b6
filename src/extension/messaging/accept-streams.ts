import type { Runtime } from 'webextension-polyfill';
import { AppError, codeOf, type ErrorCode } from '../../core/errors.ts';
import type { Parser } from '../../core/parse.ts';
import { type Caller, type CallerKind, callerOf, type Own } from './caller.ts';
import { type CallerOf, type DownOf, type StreamName, streams, type UpOf } from './contract.ts';

/** The part of a port that is used here. */
export type PortLike = Pick<
  Runtime.Port,
  'name' | 'sender' | 'postMessage' | 'disconnect' | 'onMessage' | 'onDisconnect'
>;

/** The background's end of a port. */
export interface Connection<Name extends StreamName> {
  readonly caller: CallerOf<Name>;
  send(message: DownOf<Name>): void;
  end(): void;
}

export interface Receiver<Name extends StreamName> {
  message(message: UpOf<Name>): void;
  /** Something came that is not of this stream. */
  refused(code: ErrorCode): void;
  /** The other side is gone. */
  closed(): void;
}

export type StreamHandlers = { [Name in StreamName]: (connection: Connection<Name>) => Receiver<Name> };

/** Takes a port, or ends it when its name is unknown or its opener may not open it. */
export function acceptStream(port: PortLike, own: Own, handlers: StreamHandlers): void {
  let accepted: { caller: Caller; name: StreamName };
  try {
    accepted = authorised(port, own);
  } catch (thrown) {
    if (!(thrown instanceof AppError)) throw thrown;
    port.disconnect();
    return;
  }
  const { caller, name } = accepted;
  let open = true;
  const close = () => {
    open = false;
  };
  const connection = {
    caller,
    send(message: unknown) {
      // A port that is gone throws; who it belonged to is told by `closed`.
      if (open) port.postMessage(message);
    },
    end() {
      close();
      port.disconnect();
    },
  };
  const receiver = (handlers[name] as unknown as (of: typeof connection) => Receiver<StreamName>)(connection);
  const parse: Parser<unknown> = streams[name].parse;
  port.onMessage.addListener((given: unknown) => {
    if (!open) return;
    let message: unknown;
    try {
      message = parse(given, name);
    } catch (thrown) {
      receiver.refused(codeOf(thrown));
      return;
    }
    receiver.message(message as never);
  });
  port.onDisconnect.addListener(() => {
    close();
    receiver.closed();
  });
}

function authorised(port: PortLike, own: Own): { caller: Caller; name: StreamName } {
  if (!Object.hasOwn(streams, port.name)) throw new AppError('unknown-method', port.name);
  const name = port.name as StreamName;
  const caller = callerOf(port.sender, own);
  const callers: readonly CallerKind[] = streams[name].callers;
  if (!callers.includes(caller.kind)) throw new AppError('not-allowed', name);
  return { caller, name };
}
