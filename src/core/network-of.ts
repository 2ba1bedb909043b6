/**
 * Whose limits an address counts against: an IPv4 address stands for itself, an IPv6 one for its /64, which is the least
 * that a network gives to one site (RFC 6177 §2) and within which addresses cost nothing. `address`: as Node has it.
 */
export function networkOf(address: string): string {
  const bare = address.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/s, '');
  if (!bare.includes(':')) return bare;
  const [head = '', tail] = bare.split('::');
  const groups = (part: string | undefined) => (part ? part.split(':') : []);
  const before = groups(head);
  const zeros = tail === undefined ? [] : Array<string>(8).fill('0');
  return `${[...before, ...zeros].slice(0, 4).join(':')}::/64`;
}
