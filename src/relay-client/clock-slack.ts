/** How far a clock may be off before what is stored here is taken for expired too early or too late, ms. */
export const clockSlackMs = 3_600_000;
