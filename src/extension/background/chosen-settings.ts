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
  #read: Read | null = null;

  constructor(options: ChosenSettingsOptions) {
    this.#options = options;
  }

  /** Reads them all again. */
  async load(): Promise<void> {
    const { settings, changed } = this.#options;
    const [relay, hosts, numberOnPhone, passwords, unreadPolicy] = await Promise.all([
      settings.relay(),
      settings.hosts(),
      settings.numberOnPhone(),
      settings.passwords(),
      settings.unreadPolicy(),
    ]);
    this.#read = { relay, hosts, numberOnPhone, passwords, unreadPolicy };
    changed();
  }

  /** Null before they were read. */
  view(): SettingsView | null {
    const granted = this.#options.granted();
    return (
      this.#read && {
        ...this.#read,
        hosts: this.#read.hosts.map((one) => ({ ...one, isGranted: granted.includes(one.host) })),
      }
    );
  }
}
