import { useState } from 'preact/hooks';
import { Button } from '../../ui/button.tsx';
import { t } from '../../ui/text.ts';

/** What to do on the computer, and a field for the link where the camera does not open it. */
export function HowToPair({ onLink }: { onLink: (link: string) => void }) {
  const [link, setLink] = useState('');
  const submit = (event: Event) => {
    event.preventDefault();
    if (link.trim() !== '') onLink(link);
  };
  return (
    <div class="stack">
      <ol class="how">
        <li>{t('phone_how_1')}</li>
        <li>{t('phone_how_2')}</li>
        <li>{t('phone_how_3')}</li>
      </ol>
      <form class="stack" onSubmit={submit}>
        <label class="field">
          {t('phone_paste')}
          <input
            name="link"
            type="text"
            inputMode="url"
            autoComplete="off"
            autoCapitalize="off"
            spellcheck={false}
            dir="ltr"
            value={link}
            onInput={({ currentTarget }) => setLink(currentTarget.value)}
          />
        </label>
        <Button kind="primary" wide type="submit">
          {t('phone_pair')}
        </Button>
      </form>
    </div>
  );
}
