import { useRef, useState } from 'preact/hooks';
import { Button } from '../../ui/button.tsx';
import { Notice } from '../../ui/notice.tsx';
import { t } from '../../ui/text.ts';

/** A field for the link, where no camera opens it. */
export function PasteLink({ onLink }: { onLink: (link: string) => void }) {
  const field = useRef<HTMLInputElement>(null);
  const [isMissing, setMissing] = useState(false);
  const submit = (event: Event) => {
    event.preventDefault();
    const link = field.current?.value.trim();
    if (link) return onLink(link);
    setMissing(true);
    field.current?.focus();
  };
  return (
    <form class="stack" onSubmit={submit}>
      <label class="field">
        {t('phone_paste')}
        <input
          ref={field}
          name="link"
          type="text"
          inputMode="url"
          autoComplete="off"
          autoCapitalize="off"
          spellcheck={false}
          dir="ltr"
          aria-invalid={isMissing}
          aria-describedby={isMissing ? 'link-missing' : undefined}
          onInput={() => setMissing(false)}
        />
      </label>
      {isMissing ? <Notice id="link-missing" tone="warn" title={t('phone_paste_missing')} /> : null}
      <Button kind="primary" wide type="submit">
        {t('phone_pair')}
      </Button>
    </form>
  );
}
