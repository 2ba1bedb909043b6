import type { Vault } from '../../vault/vault.ts';

/** Where the pairing under way lies. */
export const pendingPlace = 'pending-pairing';

export async function hasPendingPairing(vault: Vault): Promise<boolean> {
  return (await vault.names(pendingPlace)).length > 0;
}
