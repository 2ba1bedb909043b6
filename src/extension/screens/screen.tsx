import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

interface Props {
  /** Names the screen for tests, in every language. */
  name: string;
  title: ComponentChildren;
  children: ComponentChildren;
  /** `data-…` of the screen, for tests. */
  data?: Record<`data-${string}`, string | null>;
}

/** One screen. Its heading takes the focus when it appears, so that a keyboard and a screen reader start there. */
export function Screen({ name, title, children, data = {} }: Props) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    heading.current?.focus({ preventScroll: true });
  }, []);
  return (
    <main class="screen stack" data-screen={name} {...data}>
      <h1 ref={heading} tabIndex={-1}>
        {title}
      </h1>
      {children}
    </main>
  );
}
