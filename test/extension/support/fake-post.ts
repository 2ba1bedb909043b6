import { base64url } from '../../../src/core/bytes.ts';
import { encodeMessage, type Message } from '../../../src/core/messages.ts';
import type { Post } from '../../../src/relay-client/post.ts';

export interface Said {
  /** The pairing of what began a conversation, the conversation of a reply. */
  to: string;
  message: Message;
  lifeMs: number;
  collapse: string | undefined;
  conversation: string;
  id: string;
}

type Used = Pick<Post, 'begin' | 'reply' | 'client' | 'add' | 'adopt' | 'remove'>;
type Client = ReturnType<Post['client']>;

/** Post that goes nowhere: keeps what was said, as it would be read. */
export class FakePost implements Used {
  readonly said: Said[] = [];
  readonly attached: string[] = [];
  readonly put: Uint8Array[] = [];
  readonly closed: string[] = [];
  readonly added: string[] = [];
  readonly adopted: string[] = [];
  #count = 0;

  async begin(to: string, message: Message, lifeMs: number, collapse?: string) {
    encodeMessage(message);
    const [conversation, id] = [this.#id(), this.#id()];
    this.said.push({ to, message, lifeMs, collapse, conversation, id });
    return { pairing: to, conversation, id, ...(collapse === undefined ? {} : { collapse }) };
  }

  async reply(to: string, message: Message, lifeMs: number) {
    encodeMessage(message);
    const id = this.#id();
    this.said.push({ to, message, lifeMs, collapse: undefined, conversation: to, id });
    return { pairing: to, conversation: to, id };
  }

  client(): Client {
    const client: Pick<Client, 'now' | 'attach' | 'put' | 'close'> = {
      now: () => 1_000,
      attach: ({ channel }) => void this.attached.push(base64url(channel)),
      put: ({ body }) => void this.put.push(body),
      close: (channel) => void this.closed.push(base64url(channel)),
    };
    return client as Client;
  }

  add(contact: Parameters<Post['add']>[0]): void {
    this.added.push(contact.pairing);
  }

  async adopt(pairing: string): Promise<void> {
    this.adopted.push(pairing);
  }

  async remove(pairing: string, close: boolean): Promise<void> {
    if (close) this.closed.push(pairing);
  }

  /** All that was said of one kind. */
  kind<Kind extends Message['kind']>(kind: Kind): (Said & { message: Extract<Message, { kind: Kind }> })[] {
    return this.said.filter(({ message }) => message.kind === kind) as never;
  }

  #id(): string {
    return base64url(new Uint8Array(16).fill(++this.#count));
  }
}
