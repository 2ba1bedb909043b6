import { isHome, ownsHost } from '../../providers/host.ts';
import { pressPassword } from '../../providers/press.ts';
import { providerOf, providers } from '../../providers/registry.ts';
import type { Sighting } from '../../providers/sighting.ts';
import { watch } from '../../providers/watch.ts';
import type { answerQuestions as answerQuestionsOfBackground } from '../messaging/page-questions.ts';

export interface WatchPageOptions {
  window: Window & typeof globalThis;
  /** Whether the person lets this page's host show numbers. */
  granted: Promise<boolean>;
  report: (sighting: Sighting) => void;
  answerQuestions: (answer: Parameters<typeof answerQuestionsOfBackground>[1], signal: AbortSignal) => void;
  signal: AbortSignal;
}

/** Watches this page for numbers until `signal` aborts, and answers what the background asks of it. */
export async function watchPage(options: WatchPageOptions): Promise<void> {
  const { window, report, answerQuestions, signal } = options;
  const { document, location } = window;
  const top = window.top === window;
  const granted = !isKnownHost(location.hostname) && (await options.granted) ? [location.hostname] : [];
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

/** Whether the host is a provider's for everybody or this computer's own, so that nobody needs to allow it. */
export function isKnownHost(hostname: string): boolean {
  return hostname === 'localhost' || providers.some((provider) => ownsHost(provider, hostname, []));
}
