import type { Post } from '../../relay-client/post.ts';
import type { Connection, Receiver } from '../messaging/accept-streams.ts';
import type { Publisher } from './publisher.ts';

export interface StateStreamOptions {
  publisher: Pick<Publisher, 'join'>;
  /** Resolves once there is something to show. */
  shown: Promise<void>;
  post: Promise<Pick<Post, 'wake'>>;
  /** Takes what went wrong on our own side. */
  report: (thrown: unknown) => void;
}

/** The port of a page of the extension's: it is told all that there is to see, and each change. */
export function stateStream({
  publisher,
  shown,
  post,
  report,
}: StateStreamOptions): (connection: Connection<'state'>) => Receiver<'state'> {
  return (connection) => {
    let isGone = false;
    let leave: () => void = () => undefined;
    shown
      .then(() => {
        if (!isGone) leave = publisher.join((now) => connection.send(now));
      })
      .catch(report);
    // Somebody is looking: the relay is tried at once.
    post.then((opened) => opened.wake()).catch(report);
    const ignore = () => undefined;
    return {
      message: ignore,
      refused: ignore,
      closed() {
        isGone = true;
        leave();
      },
    };
  };
}
