import { Button } from '../../ui/button.tsx';
import { ErrorNotice } from '../../ui/notice.tsx';
import { Question } from '../../ui/question.tsx';
import { Sentence } from '../../ui/sentence.tsx';
import { t } from '../../ui/text.ts';
import { useAsking } from '../../ui/use-asking.ts';
import { call } from '../messaging/call.ts';
import type { PhoneView } from '../messaging/view.ts';
import { shownName } from './phone-list.tsx';
import { useAction } from './use-action.ts';

const ways = {
  unpair: { kind: 'plain', does: 'options_unpair', asks: 'options_unpair_sure', keeps: 'options_keep' },
  remove: { kind: 'danger', does: 'popup_remove', asks: 'popup_remove_ask', keeps: 'common_cancel' },
} as const;

/** The way to part with a phone. Asks once more, also where the pairing is over: that is the relay's word alone. */
export function Parting({ phone }: { phone: PhoneView }) {
  const { pairing, ended } = phone;
  const asking = useAsking();
  const { run, busy, failure } = useAction(() => call('phone/unpair', { pairing }));
  const way = ended ? 'remove' : 'unpair';
  const { kind, does, asks, keeps } = ways[way];
  const name = shownName(phone);
  if (asking.isOpen) {
    return (
      <Question
        asks={<Sentence of={asks} name={name} />}
        yes={t(does)}
        no={t(keeps)}
        busy={busy}
        onYes={run}
        onNo={asking.close}
      >
        {failure && <ErrorNotice code={failure} />}
      </Question>
    );
  }
  return (
    <Button kind={kind} data-action={way} aria-label={`${t(does)}: ${name}`} {...asking.opener}>
      {t(does)}
    </Button>
  );
}
