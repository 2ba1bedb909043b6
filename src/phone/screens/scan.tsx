import { useEffect, useRef, useState } from 'preact/hooks';
import { codeOf, type ErrorCode } from '../../core/errors.ts';
import { parsePairingLink } from '../../core/pairing-link.ts';
import { Button } from '../../ui/button.tsx';
import { ErrorNotice, Notice } from '../../ui/notice.tsx';
import { type MessageKey, t } from '../../ui/text.ts';
import { Camera, type CameraChoice, type CameraProblem, cameraProblem, camerasOf } from '../camera.ts';
import { CodeReader } from '../code-reader.ts';
import type { ScreenProps } from './app.tsx';
import { Back } from './back.tsx';
import { PasteLink } from './paste-link.tsx';
import { Screen } from './screen.tsx';

const problems: { readonly [Name in CameraProblem]: { title: MessageKey; next: MessageKey } } = {
  refused: { title: 'phone_scan_refused', next: 'phone_scan_refused_next' },
  none: { title: 'phone_scan_none', next: 'phone_scan_none_next' },
  busy: { title: 'phone_scan_busy', next: 'phone_scan_busy_next' },
};

/** The app's own scanner, and the field for the link where there is no camera. */
export function Scan({ actions }: ScreenProps<'scan'>) {
  const video = useRef<HTMLVideoElement>(null);
  const [chosen, setChosen] = useState<string | null>(null);
  const [camera, setCamera] = useState<Camera | null>(null);
  const [cameras, setCameras] = useState<readonly CameraChoice[]>([]);
  const [problem, setProblem] = useState<CameraProblem | null>(null);
  const [wrong, setWrong] = useState<ErrorCode | null>(null);
  useEffect(() => {
    const ending = new AbortController();
    const found = (text: string) => {
      try {
        parsePairingLink(text);
      } catch (thrown) {
        setWrong(codeOf(thrown));
        return;
      }
      ending.abort();
      actions.openLink(text);
    };
    const opened = (open: Camera, all: readonly CameraChoice[]) => {
      setCamera(open);
      setCameras(all);
      setProblem(null);
    };
    if (video.current) {
      scan(video.current, chosen, opened, found, ending.signal).catch((thrown: unknown) => {
        if (!ending.signal.aborted) setProblem(cameraProblem(thrown));
      });
    }
    return () => ending.abort();
  }, [chosen, actions]);
  return (
    <Screen name="scan" title={t('phone_scan_title')} actions={<Back actions={actions} />}>
      {problem ? (
        <Notice tone="warn" title={t(problems[problem].title)}>
          <p>{t(problems[problem].next)}</p>
        </Notice>
      ) : (
        <p class="muted">{t('phone_scan_text')}</p>
      )}
      {wrong ? <ErrorNotice code={wrong} tone="warn" /> : null}
      <video
        ref={video}
        class="camera"
        hidden={problem !== null}
        muted
        playsInline
        aria-label={t('phone_scan_picture')}
      />
      {problem === null && camera ? (
        <Controls key={camera.id} camera={camera} cameras={cameras} onChoose={setChosen} />
      ) : null}
      <PasteLink onLink={actions.openLink} />
    </Screen>
  );
}

interface ControlsProps {
  camera: Camera;
  cameras: readonly CameraChoice[];
  onChoose: (id: string) => void;
}

function Controls({ camera, cameras, onChoose }: ControlsProps) {
  const [isLit, setLit] = useState(false);
  const light = () => {
    camera.light(!isLit).then(
      () => setLit(!isLit),
      // Some say that they have a light and then refuse it: the button stays as it was.
      () => setLit(false),
    );
  };
  return (
    <div class="denials">
      {camera.hasTorch ? (
        <Button aria-pressed={isLit} onClick={light}>
          {t('phone_scan_light')}
        </Button>
      ) : null}
      {cameras.length > 1 ? (
        <label class="field">
          {t('phone_scan_camera')}
          <select value={camera.id} onChange={({ currentTarget }) => onChoose(currentTarget.value)}>
            {cameras.map(({ id, label }, at) => (
              <option key={id} value={id}>
                {label || t('phone_scan_camera_nth', at + 1)}
              </option>
            ))}
          </select>
        </label>
      ) : null}
    </div>
  );
}

/** Shows a camera's picture and reads codes in it until `signal` ends that. Rejects with what `cameraProblem` reads. */
async function scan(
  video: HTMLVideoElement,
  id: string | null,
  opened: (camera: Camera, all: readonly CameraChoice[]) => void,
  found: (text: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const camera = await Camera.open(navigator.mediaDevices, id);
  if (signal.aborted) return camera.stop();
  // At once: many phones open no camera while another is on.
  signal.addEventListener('abort', () => camera.stop());
  const reader = new CodeReader(new Worker(new URL('../code-worker.ts', import.meta.url), { type: 'module' }));
  try {
    video.srcObject = camera.stream;
    await video.play();
    opened(camera, await camerasOf(navigator.mediaDevices));
    while (!signal.aborted) {
      const text = await reader.read(await createImageBitmap(video));
      if (text !== null && !signal.aborted) found(text);
      // One picture of the screen at most for each, and none while it is off.
      await new Promise(requestAnimationFrame);
    }
  } finally {
    reader.stop();
    camera.stop();
    // Another camera's picture may be there by now.
    if (video.srcObject === camera.stream) video.srcObject = null;
  }
}
