import { type ClientFrame, decodeClientFrame, encodeFrame, type RelayFrame } from '../../src/core/frames.ts';
import type { SocketLike } from '../../src/relay-client/socket.ts';

/** A socket whose far end is the test: for what a real relay does not do, such as never answering. */
export class FakeSocket implements SocketLike {
  binaryType = 'blob';
  onopen: SocketLike['onopen'] = null;
  onmessage: SocketLike['onmessage'] = null;
  onclose: SocketLike['onclose'] = null;
  onerror: SocketLike['onerror'] = null;
  readonly url: string;
  readonly sent: ClientFrame[] = [];
  closedWith: number | null = null;

  constructor(url: string) {
    this.url = url;
  }

  send(data: Uint8Array<ArrayBuffer>): void {
    this.sent.push(decodeClientFrame(data));
  }

  close(code = 1005): void {
    this.closedWith = code;
  }

  /** The relay says something. */
  say(frame: RelayFrame): void {
    this.onmessage?.({ data: encodeFrame(frame).buffer });
  }

  /** The connection ends from the other side. */
  end(code: number, reason = ''): void {
    this.onclose?.({ code, reason });
  }

  frames<Name extends ClientFrame['frame']>(name: Name): Extract<ClientFrame, { frame: Name }>[] {
    return this.sent.filter((frame): frame is Extract<ClientFrame, { frame: Name }> => frame.frame === name);
  }
}
