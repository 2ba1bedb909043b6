import type { Runtime, Tabs } from 'webextension-polyfill';
import { orNull } from '../../core/or-null.ts';
import { oneOf, type Parsed, type Parser, string, tagged } from '../../core/parse.ts';

const question = tagged('ask', {
  /** The page's address now. The browser tells it only where the extension holds a permission for the host. */
  where: {},
  /** Press the page's own way to the password. */
  press: { provider: string(32) },
  /** Say again what is strange on this page: asked of each of its frames, and answered where something is. */
  again: {},
});
export type Question = Parsed<typeof question>;

function parseQuestion(given: unknown): Question | null {
  return orNull(() => question(given, 'question'));
}

/** What a content script answers. It lives inside a page, so the answer is parsed. */
export const answers = {
  where: string(8192),
  press: oneOf('password', 'other-way', 'none'),
  again: oneOf('yes'),
} as const;
type Answers = { [Ask in keyof typeof answers]: Parsed<(typeof answers)[Ask]> };

/** Asks the content script of a tab; null where there is none, or none that answers in our language. */
export async function askPage<Ask extends Question['ask']>(
  tabs: Pick<Tabs.Static, 'sendMessage'>,
  tab: number,
  asked: Extract<Question, { ask: Ask }>,
): Promise<Answers[Ask] | null> {
  try {
    const answer: unknown = await tabs.sendMessage(tab, asked, asked.ask === 'again' ? {} : { frameId: 0 });
    return (answers[asked.ask] as Parser<unknown>)(answer, asked.ask) as Answers[Ask];
  } catch {
    // A tab that is gone, a page without our script, an answer that is none: nobody is there to answer.
    return null;
  }
}

/** Answers those of the background's questions that are named, until `signal` aborts; null: this frame has no answer. */
export function answerQuestions(
  onMessage: Runtime.Static['onMessage'],
  answer: { [Ask in Question['ask']]?: (asked: Extract<Question, { ask: Ask }>) => Promise<Answers[Ask]> | null },
  signal: AbortSignal,
): void {
  const listener = (given: unknown, _: Runtime.MessageSender, respond: (answer: unknown) => void) => {
    const asked = parseQuestion(given);
    const answering = asked && (answer[asked.ask] as ((of: Question) => Promise<unknown> | null) | undefined)?.(asked);
    answering?.then(respond);
    // Keeps the channel open for an answer that comes later.
    return answering ? true : undefined;
  };
  // Its type knows listeners that always answer, and such as never do.
  onMessage.addListener(listener as Runtime.OnMessageListenerCallback);
  signal.addEventListener('abort', () => onMessage.removeListener(listener as Runtime.OnMessageListenerCallback), {
    once: true,
  });
}
