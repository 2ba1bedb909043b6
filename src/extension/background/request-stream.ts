import { AppError, codeOf } from '../../core/errors.ts';
import type { Connection, Receiver } from '../messaging/accept-streams.ts';
import type { UpOf } from '../messaging/contract.ts';
import type { TokenBuckets } from '../messaging/token-bucket.ts';
import type { Requests } from './requests.ts';

/** One content script's port: what its page asks and says, in the order in which it does. */
export function requestStream(
  requests: Requests,
  ready: Promise<void>,
  budget: TokenBuckets,
): (connection: Connection<'request'>) => Receiver<'request'> {
  return (connection) => {
    const { tab, origin } = connection.caller;
    let id: string | null = null;
    let turn = ready;
    const tell: Parameters<Requests['begin']>[2] = (message) => connection.send(message);

    const inTurn = (task: () => Promise<void>) => {
      turn = turn.then(task).catch((thrown: unknown) => {
        connection.send({ type: 'ended', end: 'failed', code: codeOf(thrown) });
        connection.end();
      });
    };

    async function take(message: UpOf<'request'>): Promise<void> {
      if (message.type === 'page') {
        if (id !== null) await requests.pageSaid(id, message.message);
        return;
      }
      if (id !== null) throw new AppError('not-allowed', 'one request for each port');
      if (message.type === 'begin') {
        if (!budget.take(`${tab} ${origin}`)) throw new AppError('too-many-requests', origin);
        await requests.begin({ tab, origin }, message.challenge, tell);
        id = message.challenge.id;
      } else {
        await requests.resume({ tab, origin }, message.id, tell);
        id = message.id;
      }
    }

    return {
      message: (message) => inTurn(() => take(message)),
      refused: (code) => inTurn(() => Promise.reject(new AppError(code, 'from a content script'))),
      closed() {
        inTurn(async () => {
          if (id !== null) await requests.pageLeft(id, tell);
        });
      },
    };
  };
}
