import type { Storage } from 'webextension-polyfill';
import { AppError } from '../../core/errors.ts';
import { origin as parseOrigin } from '../../core/parse.ts';

/** What the person has chosen, in `storage.local`. */
export class Settings {
  readonly #area: Pick<Storage.StorageArea, 'get' | 'set' | 'remove'>;
  readonly #defaultRelay: string;

  /** `defaultRelay`: the origin of the relay that this build comes with. */
  constructor(area: Pick<Storage.StorageArea, 'get' | 'set' | 'remove'>, defaultRelay: string) {
    this.#area = area;
    this.#defaultRelay = defaultRelay;
  }

  /** The relay for new pairings. One that cannot be read counts as none chosen. */
  async relay(): Promise<{ origin: string; isDefault: boolean }> {
    const { relayOrigin } = await this.#area.get('relayOrigin');
    const none = { origin: this.#defaultRelay, isDefault: true };
    if (relayOrigin === undefined) return none;
    try {
      const origin = parseOrigin(relayOrigin, 'relayOrigin');
      return { origin, isDefault: origin === this.#defaultRelay };
    } catch (thrown) {
      if (thrown instanceof AppError) return none;
      throw thrown;
    }
  }

  /** Hosts on which the person lets organisations' own pages show their numbers. */
  async hosts(): Promise<string[]> {
    const { hosts } = await this.#area.get('hosts');
    return Array.isArray(hosts) ? hosts.filter((host) => typeof host === 'string') : [];
  }

  setHosts(hosts: readonly string[]): Promise<void> {
    return this.#area.set({ hosts });
  }

  /** `origin` null: the build's own again. */
  setRelay(origin: string | null): Promise<void> {
    return origin === null ? this.#area.remove('relayOrigin') : this.#area.set({ relayOrigin: origin });
  }
}
