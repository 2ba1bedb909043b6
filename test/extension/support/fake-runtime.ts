/** What `browser.runtime.connect` does in tests. One for all files, as they share the modules that use it. */
export const runtime = { connect: (_: unknown): unknown => undefined };
export const browser = { runtime };
