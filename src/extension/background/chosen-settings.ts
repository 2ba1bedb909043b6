import type { SettingsView } from '../messaging/view.ts';
import type { Settings } from '../storage/settings.ts';

export interface ChosenSettingsOptions {
  settings: Pick<Settings, 'relay' | 'hosts' | 'numberOnPhone' | 'passwords' | 'unreadPolicy'>;
  /** Hosts that the browser allows too. */
  granted: () => readonly string[];
  changed: () => void;
}

type Read = Omit<SettingsView, 'hosts'> & { hosts: Awaited<ReturnType<Settings['hosts']>> };

/** The settings as they were read last: the browser takes its time over them, and what is shown does not wait for it. */
export class ChosenSettings {
  readonly #options: ChosenSettingsOptions;
  #read: Read | 'unreadable' | null = null;

  constructor(options: ChosenSettingsOptions) {
    this.#options = options;
  }

  /** Reads them all again. Rejects where the browser cannot read them; what was read before is then still shown. */
  async load(): Promise<void> {
    try {
      this.#read = await this.#readAll();
    } catch (thrown) {
      this.#read ??= 'unreadable';
      throw thrown;
    } finally {
      this.#options.changed();
    }
  }

  async #readAll(): Promise<Read> {
    const { settings } = this.#options;
    const [relay, hosts, numberOnPhone, passwords, unreadPolicy] = await Promise.all([
      settings.relay(),
      settings.hosts(),
      settings.numberOnPhone(),
      settings.passwords(),
      settings.unreadPolicy(),
    ]);
    return { relay, hosts, numberOnPhone, passwords, unreadPolicy };
  }

  /** Null before they were read. */
  view(): SettingsView | 'unreadable' | null {
    const read = this.#read;
    if (read === null || read === 'unreadable') return read;
    const granted = this.#options.granted();
    return { ...read, hosts: read.hosts.map((one) => ({ ...one, isGranted: granted.includes(one.host) })) };
  }
}
