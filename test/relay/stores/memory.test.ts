import { memoryStore } from '../../../src/relay/stores/memory.ts';
import { describeStore } from './contract.ts';

describeStore('memory', {
  survives: false,
  begin: async (clock, events) => ({
    store: await memoryStore(clock, events),
    reopen: null,
    end: () => Promise.resolve(),
  }),
});
