/** A moment, ms since 1970, as people of the page's language write it. */
export function When({ at }: { at: number }) {
  const written = new Intl.DateTimeFormat(document.documentElement.lang || 'en', {
    dateStyle: 'medium',
    timeStyle: 'short',
  }).format(at);
  return <time dateTime={new Date(at).toISOString()}>{written}</time>;
}
