import { Fragment } from 'preact';

/** A page's origin, whole and as the browser has it, punycode included; lines break at dots. */
export function Origin({ of }: { of: string }) {
  const [scheme, host = ''] = of.split('://');
  return (
    <bdi dir="ltr">
      <span class="origin-scheme">{scheme}://</span>
      {host.split('.').map((label, at, labels) => (
        <Fragment key={labels.slice(0, at + 1).join('.')}>
          {label}
          {at < labels.length - 1 ? '.' : ''}
          <wbr />
        </Fragment>
      ))}
    </bdi>
  );
}
