import { render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { pairingUrl } from '../../../src/core/pairing-link.ts';
import { Scan } from '../../../src/phone/screens/scan.tsx';

const openLink = vi.fn();
const link = pairingUrl({
  key: new Uint8Array(32).fill(1),
  secret: new Uint8Array(16).fill(2),
  expiresMs: 1,
  relay: 'https://relay.example',
});

/**
 * A camera as Media Capture and Streams and Image Capture describe it, which stands in for those of a phone: Chromium's
 * fake camera has neither a light nor a sibling.
 */
class TestTrack {
  isOn = true;
  readonly lit: unknown[] = [];
  readonly #id: string;
  readonly #hasTorch: boolean | undefined;
  /** What it says to a wish for light. */
  answer: () => Promise<void> = async () => undefined;

  constructor(id: string, hasTorch?: boolean) {
    this.#id = id;
    this.#hasTorch = hasTorch;
  }

  getSettings = () => ({ deviceId: this.#id });
  getCapabilities = () => (this.#hasTorch === undefined ? {} : { torch: this.#hasTorch });
  stop = () => {
    this.isOn = false;
  };
  applyConstraints = ({ advanced: [set] }: { advanced: [{ torch: boolean }] }) => {
    this.lit.push(set.torch);
    return this.answer();
  };
}

const back = () => new TestTrack('back', true);
let tracks: TestTrack[];
/** Gives a track for what is asked for, or throws as a browser does. */
let camera: (video: MediaTrackConstraints) => TestTrack;
let all: { deviceId: string; label: string; kind: string }[];
/** What the next pictures show. */
let pictures: (string | null)[];
let decoded: number;

beforeEach(() => {
  openLink.mockReset();
  tracks = [];
  camera = back;
  all = [{ deviceId: 'back', label: 'Back camera', kind: 'videoinput' }];
  pictures = [];
  decoded = 0;
  vi.spyOn(HTMLVideoElement.prototype, 'play').mockResolvedValue();
  vi.stubGlobal('createImageBitmap', async () => ({}));
  vi.stubGlobal(
    'Worker',
    class {
      onmessage: ((event: { data: string | null }) => void) | null = null;
      postMessage() {
        decoded++;
        setTimeout(() => this.onmessage?.({ data: pictures.shift() ?? null }));
      }
      terminate = () => undefined;
    },
  );
  const mediaDevices = {
    getUserMedia: async ({ video }: { video: MediaTrackConstraints }) => {
      const track = camera(video);
      tracks.push(track);
      const stream = new MediaStream();
      stream.getTracks = () => [track as never];
      stream.getVideoTracks = () => [track as never];
      return stream;
    },
    enumerateDevices: async () => [...all, { deviceId: 'mic', label: 'Microphone', kind: 'audioinput' }],
  };
  vi.stubGlobal('navigator', { ...navigator, mediaDevices });
});

afterEach(async () => {
  await act(() => render(null, document.body));
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

async function show(): Promise<void> {
  const props = { actions: { openLink, go: vi.fn() } } as never;
  await act(() => render(<Scan {...(props as object as Parameters<typeof Scan>[0])} />, document.body));
}

const torch = () => document.querySelector<HTMLButtonElement>('button[aria-pressed]');
const choice = () => document.querySelector('select');
const seen = (selector: string) => vi.waitFor(() => expect(document.querySelector(selector)).not.toBeNull());

describe('the scanner', () => {
  it('begins with the camera at the back, and lets go of it when the person leaves', async () => {
    let asked: MediaTrackConstraints = {};
    camera = (video) => {
      asked = video;
      return back();
    };
    await show();
    await vi.waitFor(() => expect(decoded).toBeGreaterThan(1));
    expect(asked).toMatchObject({ facingMode: 'environment' });
    expect(choice()).toBeNull();
    await act(() => render(null, document.body));
    await vi.waitFor(() => expect(tracks[0]?.isOn).toBe(false));
  });

  it('says what is wrong with a code, reads on, and takes the first that is ours', async () => {
    pictures = [null, 'https://example.org/', link, link];
    await show();
    await seen('.notice');
    expect(document.querySelector('.notice')?.textContent).toContain('error_');
    await vi.waitFor(() => expect(openLink).toHaveBeenCalledWith(link));
    await vi.waitFor(() => expect(tracks[0]?.isOn).toBe(false));
    expect(openLink).toHaveBeenCalledOnce();
  });
});

describe('the light', () => {
  it('is on or off as the person wants', async () => {
    await show();
    await seen('button[aria-pressed="false"]');
    await act(() => torch()?.click());
    await seen('button[aria-pressed="true"]');
    await act(() => torch()?.click());
    await seen('button[aria-pressed="false"]');
    expect(tracks[0]?.lit).toEqual([true, false]);
  });

  it('stays off where the camera says that it has one and refuses it', async () => {
    camera = () =>
      Object.assign(back(), { answer: () => Promise.reject(new DOMException('', 'OverconstrainedError')) });
    await show();
    await seen('button[aria-pressed="false"]');
    await act(() => torch()?.click());
    await vi.waitFor(() => expect(tracks[0]?.lit).toEqual([true]));
    expect(torch()?.getAttribute('aria-pressed')).toBe('false');
  });

  it.each([
    ['has none', () => new TestTrack('back', false)],
    ['does not say', () => new TestTrack('back')],
  ])('is not offered for a camera that %s', async (_, of) => {
    camera = of;
    await show();
    await vi.waitFor(() => expect(decoded).toBeGreaterThan(0));
    expect(torch()).toBeNull();
  });
});

it('lets the person choose among cameras, and turns off the one before with its light', async () => {
  all = [...all, { deviceId: 'front', label: '', kind: 'videoinput' }];
  camera = ({ deviceId }) => {
    if (tracks[0]?.isOn) throw new DOMException('one at a time', 'NotReadableError');
    return deviceId ? new TestTrack((deviceId as { exact: string }).exact) : back();
  };
  await show();
  await seen('select');
  expect([...(choice()?.options ?? [])].map(({ text }) => text)).toEqual(['Back camera', 'phone_scan_camera_nth']);
  await act(() => torch()?.click());
  const select = choice() as HTMLSelectElement;
  select.value = 'front';
  await act(() => void select.dispatchEvent(new Event('change', { bubbles: true })));
  await vi.waitFor(() => expect(choice()?.value).toBe('front'));
  expect(torch()).toBeNull();
  await vi.waitFor(() => expect(tracks.map(({ isOn }) => isOn)).toEqual([false, true]));
});

it('takes no camera that opens only after another was chosen', async () => {
  all = ['back', 'slow', 'front'].map((deviceId) => ({ deviceId, label: deviceId, kind: 'videoinput' }));
  camera = ({ deviceId }) => new TestTrack(deviceId ? (deviceId as { exact: string }).exact : 'back');
  await show();
  await seen('select');
  const choose = async (id: string) => {
    const select = choice() as HTMLSelectElement;
    select.value = id;
    await act(() => void select.dispatchEvent(new Event('change', { bubbles: true })));
  };
  const { mediaDevices } = navigator;
  const open = mediaDevices.getUserMedia;
  let opens: (() => void) | null = null;
  mediaDevices.getUserMedia = async (wanted) => {
    await new Promise<void>((resolve) => {
      opens = resolve;
    });
    return open(wanted);
  };
  await choose('slow');
  mediaDevices.getUserMedia = open;
  await choose('front');
  await vi.waitFor(() => expect(choice()?.value).toBe('front'));
  const picture = document.querySelector('video')?.srcObject;
  await act(() => opens?.());
  await vi.waitFor(() => expect(tracks.map(({ isOn }) => isOn)).toEqual([false, true, false]));
  expect(picture).not.toBeNull();
  expect(document.querySelector('video')?.srcObject).toBe(picture);
});

describe('without a picture', () => {
  it.each([
    ['refused', 'NotAllowedError'],
    ['none', 'NotFoundError'],
    ['busy', 'NotReadableError'],
  ])('%s: says so, and has the field for the link', async (problem, name) => {
    camera = () => {
      throw new DOMException('', name);
    };
    await show();
    await seen('.notice');
    expect(document.querySelector('.notice')?.textContent).toBe(`phone_scan_${problem}phone_scan_${problem}_next`);
    expect(document.querySelector('video')?.hidden).toBe(true);
    expect(document.querySelector('input[name="link"]')).not.toBeNull();
  });
});
