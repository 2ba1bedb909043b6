import { AppError } from '../../core/errors.ts';
import { hostToShow } from '../../providers/host.ts';
import { type Admitted, admit } from '../../providers/sighting.ts';
import type { Connection, Receiver } from '../messaging/accept-streams.ts';
import type { TokenBuckets } from '../messaging/token-bucket.ts';
import type { TellPage } from './listening-pages.ts';
import type { ObservedPages } from './observed-pages.ts';
import type { Requests } from './requests.ts';
import type { Warnings } from './warnings.ts';

export interface SightingStreamOptions {
  pages: Pick<ObservedPages, 'take' | 'closed'>;
  requests: Pick<Requests, 'observedIn'>;
  warnings: Pick<Warnings, 'add' | 'remove'>;
  /** Resolves once what a page of this URL says can be judged. */
  ready: (url: string) => Promise<void>;
  /** How much a tab's pages may say. */
  budget: TokenBuckets;
  granted: () => readonly string[];
  report: (thrown: unknown) => void;
}

/** One content script's port: what it sees on its page, in the order in which it does. What does not fit is dropped. */
export function sightingStream(
  options: SightingStreamOptions,
): (connection: Connection<'sightings'>) => Receiver<'sightings'> {
  const { pages, requests, warnings, ready, budget, granted, report } = options;
  /** The port of the page that showed a tab's number last: an older one that closes says nothing of it. */
  const current = new Map<number, Connection<'sightings'>>();

  return (connection) => {
    const { caller } = connection;
    const { tab, url } = caller;
    const top = caller.kind === 'content-script' || caller.top;
    let turn = ready(url);
    const tell: TellPage = ({ type }) => {
      if (type === 'ended') connection.send({ type: 'over', what: 'number' });
    };

    /** Warnings of this page that stand. */
    const warned = new Set<string>();
    const forget = (id: string) => {
      warned.delete(id);
      connection.send({ type: 'over', what: 'stranger' });
    };

    const inTurn = (task: () => Promise<void>) => {
      turn = turn.then(task).catch((thrown: unknown) => {
        // A page is hostile: what it may not say, or says too often, changes nothing.
        if (!(thrown instanceof AppError)) report(thrown);
      });
    };

    async function take(value: unknown): Promise<void> {
      if (!budget.take(`${tab}`)) throw new AppError('too-many-requests', url);
      await follow(admit(value, { url, top }, granted()));
    }

    async function follow({ sighting, provider, suspicion, url: at }: Admitted): Promise<void> {
      if (sighting.type === 'stranger') {
        if (suspicion) warned.add(warnings.add({ tab, provider, host: hostToShow(url), suspicion }, forget));
        return;
      }
      if (caller.kind !== 'content-script') throw new AppError('not-allowed', url);
      if (sighting.type === 'number') current.set(tab, connection);
      await pages.take(sighting, { tab, origin: caller.origin, url: at }, tell);
    }

    const isOpen = () => warned.size > 0 || (current.get(tab) === connection && requests.observedIn(tab) !== null);

    // A port is open once its background has spoken.
    connection.send(null);
    return {
      message: (value) => {
        inTurn(() => take(value));
        inTurn(async () => connection.send({ type: 'taken', open: isOpen() }));
      },
      refused: () => undefined,
      closed: () =>
        inTurn(async () => {
          for (const id of warned) warnings.remove(id);
          if (current.get(tab) !== connection) return;
          current.delete(tab);
          await pages.closed(tab);
        }),
    };
  };
}
