import type { Provider } from './provider.ts';

/** LINE's web login with a code for the app. A clock beside it ticks every second. */
export const lineWeb: Provider = {
  id: 'line-web',
  name: 'LINE',
  apps: ['LINE'],
  direction: 'type',
  hosts: { exact: ['access.line.me'] },
  matches: ['https://access.line.me/*'],
  marker: { all: ['.MdMN06DigitCode'], any: '.mdMN06CodeBox' },
  number: { selectors: ['.mdMN06CodeBox .mdMN06Number', 'p.mdMN06Number'], form: /^\d{4,6}$/ },
  account: { carry: true },
  lifeMs: 180_000,
  controls: { otherWay: ['.MdMN03Etc a.mdMN03EtcLink01'] },
  states: {},
  giveaway: '.MdMN06DigitCode .mdMN06Number',
};
