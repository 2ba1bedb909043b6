import { useState } from 'preact/hooks';
import { Button } from '../../ui/button.tsx';
import { t } from '../../ui/text.ts';

/** A field for the link, where no camera opens it. */
export function PasteLink({ onLink }: { onLink: (link: string) => void }) {
  const [link, setLink] = useState('');
  const submit = (event: Event) => {
    event.preventDefault();
    if (link.trim() !== '') onLink(link);
  };
  return (
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
  );
}
