/** How far what is due at one time on both sides of a pairing may be apart here, as it was on its way, ms. */
export const pairingGraceMs = 10_000;
