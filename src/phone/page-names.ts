/** By what the windows of the app, and its service worker, find each other. */
export const pageNames = {
  /** BroadcastChannel by which the lead is asked for. */
  leadership: 'tandem phone',
  vault: 'tandem-phone',
  /** In `localStorage`: whether this phone is paired. */
  paired: 'tandem paired',
  /** The worker's script, beside the app so that all of the app is in its scope. */
  worker: '/worker.js',
} as const;
