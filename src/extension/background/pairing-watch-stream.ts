import type { Connection, Receiver } from '../messaging/accept-streams.ts';
import type { PairingDesk } from './pairing-desk.ts';

/** The port of a page that shows a pairing, for as long as somebody looks. `report` takes what went wrong on our own side. */
export function pairingWatchStream(
  desk: Pick<PairingDesk, 'watch'>,
  report: (thrown: unknown) => void,
): (connection: Connection<'pairing-watch'>) => Receiver<'pairing-watch'> {
  return (connection) => {
    connection.send(null);
    const leave = desk.watch();
    const ignore = () => undefined;
    return { message: ignore, refused: ignore, closed: () => leave().catch(report) };
  };
}
