import type { Storage } from 'webextension-polyfill';
import { limits } from '../../core/limits.ts';
import { orNull } from '../../core/or-null.ts';
import { object, optional, type Parsed, string } from '../../core/parse.ts';
import type { JoinedView } from '../messaging/view.ts';

const name = string(limits.nameCharacters);
const parseNews = object({
  /** The phone that ended its pairing last, by its name. */
  departed: optional(name),
  /** The phone that was paired with another browser last, and that browser. */
  joined: optional(object({ phone: name, other: name })),
});

type News = Parsed<typeof parseNews>;

const key = 'phoneNews';

/** What phones did to their pairings: in `storage.local` until the person has read it, which may be days later. */
export class PhoneNews {
  readonly #area: Pick<Storage.StorageArea, 'get' | 'set' | 'remove'>;
  readonly #changed: () => void;
  #news: News = {};

  constructor(area: Pick<Storage.StorageArea, 'get' | 'set' | 'remove'>, changed: () => void) {
    this.#area = area;
    this.#changed = changed;
  }

  /** Takes up what nobody has read yet. What cannot be read is none. */
  async load(): Promise<void> {
    const { [key]: stored } = await this.#area.get(key);
    if (stored === undefined) return;
    const read = orNull(() => parseNews(stored, key));
    if (!read) return this.#area.remove(key);
    this.#news = { ...read, ...this.#news };
    this.#changed();
  }

  get departed(): string | null {
    return this.#news.departed ?? null;
  }

  get joined(): JoinedView | null {
    return this.#news.joined ?? null;
  }

  /** A phone ended its pairing itself. */
  phoneDeparted(phone: string): Promise<void> {
    return this.#set({ ...this.#news, departed: phone });
  }

  /** A phone was paired with another browser. */
  phoneJoined(phone: string, other: string): Promise<void> {
    return this.#set({ ...this.#news, joined: { phone, other } });
  }

  /** A phone is there again, and nobody has to be told that one went. */
  phoneAdded(): Promise<void> {
    const { departed: _, ...others } = this.#news;
    return this.#set(others);
  }

  /** The person has read it. */
  dismiss(): Promise<void> {
    return this.#set({});
  }

  async #set(news: News): Promise<void> {
    this.#news = news;
    this.#changed();
    if (Object.keys(news).length === 0) await this.#area.remove(key);
    else await this.#area.set({ [key]: news });
  }
}
