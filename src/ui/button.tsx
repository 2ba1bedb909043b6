import type { ButtonHTMLAttributes } from 'preact';

type Props = Omit<ButtonHTMLAttributes, 'class'> & { kind?: 'primary' | 'plain' | 'danger'; wide?: boolean };

/** A button of at least 48 px. */
export function Button({ kind = 'plain', wide = false, type = 'button', ...rest }: Props) {
  const classes = ['button', `button-${kind}`, ...(wide ? ['button-wide'] : [])];
  return <button class={classes.join(' ')} type={type} {...rest} />;
}
