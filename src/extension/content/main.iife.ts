import { codeOf } from '../../core/errors.ts';
import { browser } from '../messaging/browser.ts';
import { call } from '../messaging/call.ts';
import { openStream } from '../messaging/open-stream.ts';
import { answerQuestions } from '../messaging/page-questions.ts';
import { listenToPage } from './page-requests.ts';
import { tellSightings } from './tell-sightings.ts';
import { warnOf } from './warn.ts';
import { isKnownHost, watchPage } from './watch-page.ts';

/** Run again in the same page, as when its host was allowed meanwhile, the script begins to watch anew. */
const here = globalThis as unknown as { tandem?: { watching: AbortController; isListening: boolean } };

const top = window.top === window;
const isKnown = isKnownHost(location.hostname);

/** Whether the person lets this page's host show numbers: not one that may not even ask, as without an origin of its own. */
async function isGranted(): Promise<boolean> {
  if (isKnown || !top || location.protocol !== 'https:') return false;
  try {
    return await call('page/granted', null);
  } catch (thrown) {
    if (codeOf(thrown) !== 'not-allowed') throw thrown;
    return false;
  }
}

async function listenWhereGranted(): Promise<boolean> {
  const is = await isGranted();
  if (is) listen();
  return is;
}

function listen(): void {
  if (!here.tandem || here.tandem.isListening) return;
  here.tandem.isListening = true;
  listenToPage({ page: window, openStream, now: () => performance.now() });
}

here.tandem?.watching.abort();
here.tandem = { watching: new AbortController(), isListening: here.tandem?.isListening ?? false };
const { signal } = here.tandem.watching;
if (top && isKnown) listen();

const answer: Parameters<typeof watchPage>[0]['answerQuestions'] = (answers, until) =>
  answerQuestions(browser.runtime.onMessage, answers, until);
const tell = tellSightings({ page: window, openStream, answerQuestions: answer, signal });
watchPage({
  window,
  granted: listenWhereGranted(),
  report(sighting) {
    tell(sighting);
    warnOf(sighting, window, browser.i18n.getMessage);
  },
  answerQuestions: answer,
  signal,
});
