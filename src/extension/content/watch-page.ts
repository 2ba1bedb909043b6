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

/**
 * Watches this page for numbers until `signal` aborts, and answers what the background asks of it. A page of which nobody
 * can say that it is granted is one that is not, and is warned of; then this rejects as `granted` does.
 */
export async function watchPage(options: WatchPageOptions): Promise<void> {
  const { hostname } = options.window.location;
  let granted: readonly string[] = [];
  try {
    if (!isKnownHost(hostname) && (await options.granted)) granted = [hostname];
  } finally {
    begin(options, granted);
  }
}

function begin({ window, report, answerQuestions, signal }: WatchPageOptions, granted: readonly string[]): void {
  if (signal.aborted) return;
  const { document, location } = window;
  const top = window.top === window;
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
