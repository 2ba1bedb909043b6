/** Set by the build: the origin of the relay that this build comes with. */
declare const __RELAY_ORIGIN__: string;
