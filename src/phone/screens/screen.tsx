import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { t } from '../../ui/text.ts';

interface Props {
  /** What tests and styles know it by. */
  name: string;
  title: string;
  mark?: ComponentChildren;
  children?: ComponentChildren;
  /** What can be done, at the lower edge, where a thumb reaches. */
  actions?: ComponentChildren;
}

/** One whole screen. Who hears it instead of seeing it is taken to its heading. */
export function Screen({ name, title, mark, children, actions }: Props) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · ${t('common_name')}`;
    heading.current?.focus();
  }, [title]);
  return (
    <main class="screen" data-screen={name}>
      <div class="screen-content stack">
        <div class="screen-title">
          {mark}
          <h1 ref={heading} tabIndex={-1}>
            {title}
          </h1>
        </div>
        {children}
      </div>
      {actions ? <div class="screen-actions stack">{actions}</div> : null}
    </main>
  );
}
