/** Why there is no picture. */
export type CameraProblem = 'refused' | 'none' | 'busy';

/** By the name of the DOMException (Media Capture and Streams §10.2, `getUserMedia`). */
const problems: Readonly<Record<string, CameraProblem>> = {
  NotAllowedError: 'refused',
  SecurityError: 'refused',
  NotFoundError: 'none',
  OverconstrainedError: 'none',
  NotReadableError: 'busy',
  AbortError: 'busy',
};

export function cameraProblem(thrown: unknown): CameraProblem {
  return (thrown instanceof DOMException && problems[thrown.name]) || 'none';
}

export interface CameraChoice {
  readonly id: string;
  /** Empty where the browser does not say. */
  readonly label: string;
}

/** The device's cameras; their names are known once one was allowed. */
export async function camerasOf(devices: Pick<MediaDevices, 'enumerateDevices'>): Promise<CameraChoice[]> {
  const all = await devices.enumerateDevices();
  return all.filter(({ kind }) => kind === 'videoinput').map(({ deviceId, label }) => ({ id: deviceId, label }));
}

/** A camera that is on. */
export class Camera {
  readonly stream: MediaStream;

  private constructor(stream: MediaStream) {
    this.stream = stream;
  }

  /** `id` null: the one at the back. Rejects with what `cameraProblem` reads. */
  static async open(devices: Pick<MediaDevices, 'getUserMedia'> | undefined, id: string | null): Promise<Camera> {
    // Without a secure connection, and in some apps' own browsers, there is no such thing at all.
    if (!devices) throw new DOMException('no media devices', 'NotFoundError');
    const which = id === null ? { facingMode: 'environment' } : { deviceId: { exact: id } };
    return new Camera(await devices.getUserMedia({ audio: false, video: { ...which, width: { ideal: 1_280 } } }));
  }

  get id(): string {
    return this.#track?.getSettings().deviceId ?? '';
  }

  /** Whether it has a light. */
  get hasTorch(): boolean {
    const capabilities = (this.#track?.getCapabilities?.() ?? {}) as { torch?: boolean };
    return capabilities.torch === true;
  }

  async light(isOn: boolean): Promise<void> {
    // Image Capture §7 has this constraint; the library's types do not.
    await this.#track?.applyConstraints({ advanced: [{ torch: isOn } as MediaTrackConstraintSet] });
  }

  stop(): void {
    for (const track of this.stream.getTracks()) track.stop();
  }

  get #track(): MediaStreamTrack | undefined {
    return this.stream.getVideoTracks()[0];
  }
}
