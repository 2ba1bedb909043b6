const shapes = {
  good: <path d="M18 33l10 10 19-21" />,
  warn: <path d="M32 17v20M32 46v.5" />,
  bad: <path d="M32 17v20M32 46v.5" />,
};

/** What the screen says, at a glance; nothing where it says nothing special. */
export function Mark({ tone }: { tone: keyof typeof shapes | 'plain' }) {
  if (tone === 'plain') return null;
  return (
    <svg class={`mark mark-${tone}`} viewBox="0 0 64 64" aria-hidden="true">
      <circle cx="32" cy="32" r="32" />
      {shapes[tone]}
    </svg>
  );
}
