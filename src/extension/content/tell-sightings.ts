import type { Sighting } from '../../providers/sighting.ts';
import type { OpenedStream, openStream as openStreamToBackground } from '../messaging/open-stream.ts';

export interface TellSightingsOptions {
  /** The page's own window. */
  page: Pick<Window, 'location'>;
  openStream: typeof openStreamToBackground;
  signal: AbortSignal;
}

/**
 * Gives what tells the background of sightings. A port is open only while something is waited for: an idle page wakes
 * nobody. A background that was ended meanwhile is told again what still holds.
 */
export function tellSightings({ page, openStream, signal }: TellSightingsOptions): (sighting: Sighting) => void {
  let strangers: readonly Sighting[] = [];
  let numbers: readonly Sighting[] = [];
  let stream: OpenedStream<'sightings'> | null = null;
  let openedAt = '';
  /** Sightings that the background has not taken yet. */
  let pending = 0;
  let isOpen = true;

  function close(): void {
    const closing = stream;
    stream = null;
    pending = 0;
    closing?.close();
  }

  function open(): void {
    openedAt = page.location.href;
    stream = openStream('sightings', {
      opened(send) {
        pending = 0;
        for (const sighting of [...strangers, ...numbers]) {
          pending++;
          send(sighting);
        }
      },
      message(message) {
        if (message === null) return;
        if (message.type === 'taken') {
          pending--;
          isOpen = message.open;
        } else {
          if (message.what === 'number') numbers = [];
          else strangers = [];
          isOpen = numbers.length + strangers.length > 0;
        }
        if (isOpen || pending > 0) return;
        [numbers, strangers] = [[], []];
        close();
      },
      lost: close,
    });
  }

  signal.addEventListener('abort', close, { once: true });
  return (sighting) => {
    if (signal.aborted) return;
    // The browser says where a port's page was when the port was opened.
    if (stream && page.location.href !== openedAt) {
      close();
      numbers = [];
    }
    if (sighting.type === 'stranger') strangers = [...strangers, sighting];
    else if (sighting.type === 'number') numbers = [sighting];
    else numbers = [...numbers, sighting];
    if (!stream) return open();
    pending++;
    stream.send(sighting);
  };
}
