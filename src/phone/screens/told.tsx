import { Button } from '../../ui/button.tsx';
import { Notice } from '../../ui/notice.tsx';
import { Sentence } from '../../ui/sentence.tsx';
import { type MessageKey, t } from '../../ui/text.ts';
import type { News } from '../storage/news.ts';

const news: {
  readonly [What in News['what']]: { tone: 'plain' | 'good' | 'warn'; title: MessageKey; next: MessageKey };
} = {
  paired: { tone: 'good', title: 'phone_news_paired', next: 'phone_news_paired_next' },
  'already-paired': { tone: 'plain', title: 'phone_news_already_paired', next: 'phone_news_already_paired_next' },
  'unpaired-here': { tone: 'plain', title: 'phone_news_unpaired_here', next: 'phone_news_unpaired_here_next' },
  'keys-gone': { tone: 'warn', title: 'phone_news_keys_gone', next: 'phone_news_keys_gone_next' },
  'paired-elsewhere': { tone: 'warn', title: 'phone_news_paired_elsewhere', next: 'phone_news_paired_elsewhere_next' },
  'unpaired-there': { tone: 'warn', title: 'phone_news_unpaired_there', next: 'phone_news_unpaired_there_next' },
};

/** On the home screen: what happened to a pairing, until it was read. */
export function Told({ news: { what, browser, other }, onRead }: { news: News; onRead: () => void }) {
  const { tone, title, next } = news[what];
  return (
    <Notice tone={tone} title={<Sentence of={title} name={browser} />}>
      <p>{other === undefined ? t(next) : <Sentence of="phone_news_paired_elsewhere_next" name={other} />}</p>
      <Button onClick={onRead}>{t('common_close')}</Button>
    </Notice>
  );
}
