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
const here = globalThis as unknown as { tandem?: { watching: AbortController; listening: AbortController | null } };

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
  if (!here.tandem || here.tandem.listening) return;
  here.tandem.listening = new AbortController();
  listenToPage({ page: window, openStream, now: () => performance.now(), signal: here.tandem.listening.signal });
}

/**
 * An extension that is updated leaves its script in open pages, where it reaches nobody: then this one ends, and gives
 * whether it did. The script of the new version lives in a world of its own and knows of this one by nothing.
 */
function endIfLeft(): boolean {
  if (browser.runtime?.id) return false;
  here.tandem?.watching.abort();
  here.tandem?.listening?.abort();
  return true;
}

here.tandem?.watching.abort();
here.tandem = { watching: new AbortController(), listening: here.tandem?.listening ?? null };
const { signal } = here.tandem.watching;
// A page that says so itself changes nothing: whoever hears it looks whether it was left.
window.dispatchEvent(new Event('tandem-anew'));
window.addEventListener('tandem-anew', endIfLeft, { signal });
if (top && isKnown) listen();

const answer: Parameters<typeof watchPage>[0]['answerQuestions'] = (answers, until) =>
  answerQuestions(browser.runtime.onMessage, answers, until);
const tell = tellSightings({ page: window, openStream, answerQuestions: answer, signal });
watchPage({
  window,
  granted: listenWhereGranted(),
  report(sighting) {
    if (endIfLeft()) return;
    tell(sighting);
    warnOf(sighting, window, browser.i18n.getMessage, signal);
  },
  answerQuestions: answer,
  signal,
});
