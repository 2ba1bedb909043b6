import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { policy } from '../policy.ts';
import type { View } from './view.ts';

interface Props {
  /** Also for tests that must not depend on a language. */
  name: View['screen'];
  title: string;
  children: ComponentChildren;
}

/** One screen. When it appears its heading has the focus, so that a screen reader says where one is. */
export function Screen({ name, title, children }: Props) {
  const heading = useRef<HTMLHeadingElement>(null);
  useLayoutEffect(() => {
    document.title = `${title} · ${policy.site}`;
    heading.current?.focus();
  }, [title]);
  return (
    <main class="screen card stack" data-screen={name}>
      <p class="site">{policy.site}</p>
      <h1 ref={heading} tabIndex={-1}>
        {title}
      </h1>
      {children}
    </main>
  );
}
