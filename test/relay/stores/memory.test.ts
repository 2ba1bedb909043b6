import { memoryStore } from '../../../src/relay/stores/memory.ts';
import { describeStore } from './contract.ts';

describeStore('memory', {
  survives: false,
  begin: async (clock) => ({ store: await memoryStore(clock), reopen: null, end: () => Promise.resolve() }),
});
