import type { Runtime, Tabs } from 'webextension-polyfill';
import { AppError } from '../../core/errors.ts';
import { oneOf, type Parsed, type Parser, string, tagged } from '../../core/parse.ts';

const question = tagged('ask', {
  /** The page's address now. The browser tells it only where the extension holds a permission for the host. */
  where: {},
  /** Press the page's own way to the password. */
  press: { provider: string(32) },
});
export type Question = Parsed<typeof question>;

function parseQuestion(given: unknown): Question | null {
  try {
    return question(given, 'question');
  } catch (thrown) {
    if (thrown instanceof AppError) return null;
    throw thrown;
  }
}

/** What a content script answers. It lives inside a page, so the answer is parsed. */
export const answers = {
  where: string(8192),
  press: oneOf('password', 'other-way', 'none'),
} as const;
type Answers = { [Ask in keyof typeof answers]: Parsed<(typeof answers)[Ask]> };

/** Asks the content script in the top frame of a tab; null where there is none, or none that speaks our language. */
export async function askPage<Ask extends Question['ask']>(
  tabs: Pick<Tabs.Static, 'sendMessage'>,
  tab: number,
  asked: Extract<Question, { ask: Ask }>,
): Promise<Answers[Ask] | null> {
  try {
    const answer: unknown = await tabs.sendMessage(tab, asked, { frameId: 0 });
    return (answers[asked.ask] as Parser<unknown>)(answer, asked.ask) as Answers[Ask];
  } catch {
    // A tab that is gone, a page without our script, an answer that is none: nobody is there to answer.
    return null;
  }
}

/** Answers the background's questions until `signal` aborts. */
export function answerQuestions(
  onMessage: Runtime.Static['onMessage'],
  answer: { [Ask in Question['ask']]: (asked: Extract<Question, { ask: Ask }>) => Promise<Answers[Ask]> },
  signal: AbortSignal,
): void {
  const listener: Runtime.OnMessageListenerCallback = (given, _, respond) => {
    const asked = parseQuestion(given);
    if (asked) (answer[asked.ask] as (of: Question) => Promise<unknown>)(asked).then(respond);
    // Keeps the channel open for an answer that comes later.
    return true;
  };
  onMessage.addListener(listener);
  signal.addEventListener('abort', () => onMessage.removeListener(listener), { once: true });
}
