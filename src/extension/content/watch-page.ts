import { isHome, ownsHost } from '../../providers/host.ts';
import { pressPassword } from '../../providers/press.ts';
import { providerOf, providers } from '../../providers/registry.ts';
import type { Sighting } from '../../providers/sighting.ts';
import { watch } from '../../providers/watch.ts';
import type { answerQuestions as answerQuestionsOfBackground } from '../messaging/page-questions.ts';

export interface WatchPageOptions {
  window: Window & typeof globalThis;
  /** Whether the person lets this page's host show numbers. */
  isGranted: () => Promise<boolean>;
  report: (sighting: Sighting) => void;
  answerQuestions: (answer: Parameters<typeof answerQuestionsOfBackground>[1], signal: AbortSignal) => void;
  signal: AbortSignal;
}

/** Watches this page for numbers until `signal` aborts, and answers what the background asks of it. */
export async function watchPage(options: WatchPageOptions): Promise<void> {
  const { window, isGranted, report, answerQuestions, signal } = options;
  const { document, location } = window;
  const top = window.top === window;
  const isAsked = top && location.protocol === 'https:' && !isFixed(location.hostname);
  const granted = isAsked && (await isGranted()) ? [location.hostname] : [];
  if (signal.aborted) return;
  watch({ window, granted, report, signal });
  if (!top) return;
  const answers: Parameters<typeof answerQuestions>[0] = {
    where: async () => location.href,
    press: async ({ provider: id }) => {
      const provider = providerOf(id);
      const isHere = provider && isHome(provider, { url: location.href, top }, granted);
      return isHere ? pressPassword(document, provider, signal) : 'none';
    },
  };
  answerQuestions(answers, signal);
}

/** Whether the host is a provider's for everybody, so that nobody needs to allow it. */
function isFixed(hostname: string): boolean {
  return providers.some((provider) => ownsHost(provider, hostname, []));
}
