/** Where the pairing under way lies. */
export const pendingPlace = 'pending-pairing';
