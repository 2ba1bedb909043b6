import type { Storage } from 'webextension-polyfill';
import { inTurn } from '../../core/in-turn.ts';
import { limits } from '../../core/limits.ts';
import { orNull } from '../../core/or-null.ts';
import { array, boolean, object, type Parser, origin as parseOrigin, string } from '../../core/parse.ts';
import { type Policy, parseHosts, readPolicy } from './policy.ts';

/** A sign-in for which the person always wants the password. */
export interface Account {
  readonly origin: string;
  readonly account: string;
}

const mostAccounts = 1_000;
const accounts: Parser<Account[]> = array(
  object({ origin: parseOrigin, account: string(limits.nameCharacters) }),
  0,
  mostAccounts,
);

/** What the person has chosen, in `storage.local`, and what an administrator has, in `storage.managed`, which goes first. */
export class Settings {
  readonly #area: Pick<Storage.StorageArea, 'get' | 'set' | 'remove'>;
  readonly #managed: Pick<Storage.StorageArea, 'get'>;
  readonly #defaultRelay: string;
  /** A list is read and written again by one at a time, so that no change undoes or repeats another's. */
  readonly #inTurn = inTurn();

  /** `defaultRelay`: the origin of the relay that this build comes with. */
  constructor(
    area: Pick<Storage.StorageArea, 'get' | 'set' | 'remove'>,
    managed: Pick<Storage.StorageArea, 'get'>,
    defaultRelay: string,
  ) {
    this.#area = area;
    this.#managed = managed;
    this.#defaultRelay = defaultRelay;
  }

  /** The relay for new pairings. One that cannot be read counts as none chosen. */
  async relay(): Promise<{ origin: string; isDefault: boolean; isManaged: boolean }> {
    const { relay } = await this.#policy();
    const origin = relay ?? (await this.#read('relayOrigin', parseOrigin)) ?? this.#defaultRelay;
    return { origin, isDefault: origin === this.#defaultRelay, isManaged: relay !== undefined };
  }

  /** `origin` null: the build's own again. */
  setRelay(origin: string | null): Promise<void> {
    return origin === null ? this.#area.remove('relayOrigin') : this.#area.set({ relayOrigin: origin });
  }

  /** Hosts on which organisations' own pages may show their numbers, whether or not the browser allows them yet. */
  async hosts(): Promise<{ host: string; isManaged: boolean }[]> {
    const { hosts: managed } = await this.#policy();
    const chosen = (await this.#chosenHosts()).filter((host) => !managed.includes(host));
    return [
      ...managed.map((host) => ({ host, isManaged: true })),
      ...chosen.map((host) => ({ host, isManaged: false })),
    ];
  }

  addHost(host: string): Promise<void> {
    return this.#inTurn(async () => {
      const known = await this.hosts();
      if (known.some((other) => other.host === host)) return;
      await this.#area.set({ hosts: [...(await this.#chosenHosts()), host] });
    });
  }

  removeHost(host: string): Promise<void> {
    return this.#inTurn(async () => {
      await this.#area.set({ hosts: (await this.#chosenHosts()).filter((other) => other !== host) });
    });
  }

  /** Whether numbers of other apps are shown on the phone. */
  async numberOnPhone(): Promise<{ is: boolean; isManaged: boolean }> {
    const { numberOnPhone } = await this.#policy();
    const is = numberOnPhone ?? (await this.#read('numberOnPhone', boolean)) ?? true;
    return { is, isManaged: numberOnPhone !== undefined };
  }

  setNumberOnPhone(is: boolean): Promise<void> {
    return this.#area.set({ numberOnPhone: is });
  }

  /** Fields of the administrator's policy that cannot be read. */
  async unreadPolicy(): Promise<readonly string[]> {
    return (await this.#policy()).unread;
  }

  /** The sign-ins for which the person always wants the password. */
  async passwords(): Promise<Account[]> {
    return (await this.#read('passwords', accounts)) ?? [];
  }

  /** One too many takes the place of the oldest: a list that is too long could not be read. */
  addPassword(wanted: Account): Promise<void> {
    return this.#inTurn(async () => {
      const others = (await this.passwords()).filter((one) => !isSame(one, wanted));
      await this.#area.set({ passwords: [...others, wanted].slice(-mostAccounts) });
    });
  }

  removePassword(unwanted: Account): Promise<void> {
    return this.#inTurn(async () => {
      await this.#area.set({ passwords: (await this.passwords()).filter((one) => !isSame(one, unwanted)) });
    });
  }

  async #chosenHosts(): Promise<string[]> {
    return (await this.#read('hosts', parseHosts)) ?? [];
  }

  /** What cannot be read counts as nothing chosen. */
  async #read<T>(key: string, parse: Parser<T>): Promise<T | null> {
    const value = (await this.#area.get(key))[key];
    return value === undefined ? null : orNull(() => parse(value, key));
  }

  async #policy(): Promise<Policy> {
    // Firefox refuses where no administrator has set anything.
    const given = await this.#managed.get(null).catch(() => ({}));
    return readPolicy(given);
  }
}

function isSame(one: Account, other: Account): boolean {
  return one.origin === other.origin && one.account === other.account;
}
