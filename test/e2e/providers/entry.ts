import { pressPassword } from '../../../src/providers/press.ts';
import { providerOf } from '../../../src/providers/registry.ts';
import { watch } from '../../../src/providers/watch.ts';

/** What the tests put into a page beside the engine. */
interface Tested {
  readonly granted: readonly string[];
  report(payload: string): void;
  pressPassword?(id: string): Promise<string>;
}

const tested = window as unknown as Tested & { pressPassword: Tested['pressPassword'] };
const { signal } = new AbortController();

// A frame of another site is a process of its own, which the page's binding does not reach.
const isTop = window.top === window;
const report = (payload: string) => (isTop ? tested.report(payload) : window.top?.postMessage({ payload }, '*'));
window.addEventListener('message', ({ data }: MessageEvent<{ payload?: string }>) => {
  if (data.payload !== undefined) tested.report(data.payload);
});

watch({
  window,
  granted: tested.granted,
  report: (sighting) => report(JSON.stringify({ sighting, place: { url: location.href, top: isTop } })),
  signal,
});
tested.pressPassword = async (id) => {
  const provider = providerOf(id);
  return provider ? pressPassword(document, provider, signal) : 'no such provider';
};
