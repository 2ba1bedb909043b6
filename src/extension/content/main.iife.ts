import { browser } from '../messaging/browser.ts';
import { call } from '../messaging/call.ts';
import { openStream } from '../messaging/open-stream.ts';
import { answerQuestions } from '../messaging/page-questions.ts';
import { listenToPage } from './page-requests.ts';
import { tellSightings } from './tell-sightings.ts';
import { watchPage } from './watch-page.ts';

/** Run again in the same page, as when its host was allowed meanwhile, the script begins to watch anew. */
const here = globalThis as unknown as { tandemWatching?: AbortController };

if (!here.tandemWatching && window.top === window) {
  listenToPage({ page: window, openStream, now: () => performance.now() });
}
here.tandemWatching?.abort();
here.tandemWatching = new AbortController();
const { signal } = here.tandemWatching;
watchPage({
  window,
  isGranted: () => call('page/granted', null),
  report: tellSightings({ page: window, openStream, signal }),
  answerQuestions: (answers) => answerQuestions(browser.runtime.onMessage, answers, signal),
  signal,
});
