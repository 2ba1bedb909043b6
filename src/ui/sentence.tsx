import { type MessageKey, t } from './text.ts';

const place = '\uFFFC';

/** The text of `of` with `name` as its one `$1`, set apart so that neither disturbs the direction of the other. */
export function Sentence({ of, name }: { of: MessageKey; name: string }) {
  const [before, after] = t(of, place).split(place);
  return (
    <>
      {before}
      {after === undefined ? null : <bdi>{name}</bdi>}
      {after}
    </>
  );
}
