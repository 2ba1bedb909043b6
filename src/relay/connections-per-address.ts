import type { Server, Socket } from 'node:net';
import { networkOf } from '../core/network-of.ts';

/**
 * Ends connections from an address that has `most` open, before TLS or HTTP: one that never says anything is counted by nothing
 * else. `isProxy`: addresses through which many clients come.
 */
export function boundConnections(
  servers: readonly Server[],
  most: number,
  isProxy: (address: string) => boolean,
): void {
  const open = new Map<string, number>();
  const count = (socket: Socket) => {
    const { remoteAddress = '' } = socket;
    if (isProxy(remoteAddress)) return;
    const address = networkOf(remoteAddress);
    const before = open.get(address) ?? 0;
    if (before >= most) {
      socket.destroy();
      return;
    }
    open.set(address, before + 1);
    socket.on('close', () => {
      const left = (open.get(address) ?? 1) - 1;
      if (left === 0) open.delete(address);
      else open.set(address, left);
    });
  };
  for (const server of servers) server.on('connection', count);
}
