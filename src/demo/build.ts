import { build } from 'vite';

/** Builds everything that a browser loads into `dist/`, the extension with this relay as its own. */
export async function buildAll(relayOrigin: string): Promise<void> {
  process.env.TANDEM_RELAY_ORIGIN = relayOrigin;
  for (const mode of ['production', 'phone', 'provider', 'page']) await build({ mode, logLevel: 'warn' });
}
