import type { Sighting } from '../../providers/sighting.ts';
import type { OpenedStream, openStream as openStreamToBackground } from '../messaging/open-stream.ts';
import type { answerQuestions as answerQuestionsOfBackground } from '../messaging/page-questions.ts';

export interface TellSightingsOptions {
  /** The page's own window. */
  page: Pick<Window, 'location' | 'addEventListener'>;
  openStream: typeof openStreamToBackground;
  answerQuestions: (answer: Parameters<typeof answerQuestionsOfBackground>[1], signal: AbortSignal) => void;
  signal: AbortSignal;
}

/**
 * Gives what tells the background of sightings. A port is open only while something is waited for: an idle page wakes
 * nobody. A background that was ended meanwhile is told again what still holds: of a number at once, of a stranger when it
 * asks, as a page that is left open for hours would wake it every half minute.
 */
export function tellSightings({
  page,
  openStream,
  answerQuestions,
  signal,
}: TellSightingsOptions): (sighting: Sighting) => void {
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
      wakes: () => numbers.length > 0 || pending > 0,
    });
  }

  // Whom a warning is about that a background left behind is asked anew; where nobody answers, its page is gone.
  const tellAgain = () => {
    if (strangers.length > 0 && !stream) open();
  };
  answerQuestions(
    {
      again: () => {
        if (strangers.length === 0) return null;
        tellAgain();
        return Promise.resolve('yes');
      },
    },
    signal,
  );
  page.addEventListener('pagehide', tellAgain, { signal });
  page.addEventListener('pageshow', tellAgain, { signal });
  signal.addEventListener('abort', close, { once: true });
  return (seen) => {
    if (signal.aborted) return;
    const sighting =
      seen.type === 'number' || seen.type === 'stranger' ? { ...seen, path: page.location.pathname } : seen;
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
