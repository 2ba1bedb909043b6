import { channelScripts } from './channel-scripts.ts';
import { messageScripts } from './message-scripts.ts';

/** All steps that the relay takes in Redis. */
export const scripts = { ...channelScripts, ...messageScripts } as const;
