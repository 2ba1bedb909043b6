import { Button } from '../../ui/button.tsx';
import { t } from '../../ui/text.ts';
import { PasteLink } from './paste-link.tsx';

interface Props {
  onScan: () => void;
  onLink: (link: string) => void;
}

/** What to do on the computer, this app's own scanner, and a field for the link. */
export function HowToPair({ onScan, onLink }: Props) {
  return (
    <div class="stack">
      <ol class="how">
        <li>{t('phone_how_1')}</li>
        <li>{t('phone_how_2')}</li>
        <li>{t('phone_how_3')}</li>
      </ol>
      <Button kind="primary" wide onClick={onScan}>
        {t('phone_scan')}
      </Button>
      <PasteLink onLink={onLink} />
    </div>
  );
}
