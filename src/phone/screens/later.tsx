import type { FunctionComponent } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { loadLaterTexts } from '../later-texts.ts';
import { Broken } from './broken.tsx';
import { Starting } from './starting.tsx';

/**
 * A screen, or a part of one, whose code and texts are loaded when it is shown for the first time. `part`: what stands
 * for a part until then, and when it cannot be loaded.
 */
export function later<Props extends object>(
  load: () => Promise<FunctionComponent<Props>>,
  part?: null,
): FunctionComponent<Props> {
  let loaded: FunctionComponent<Props> | null = null;
  return (props) => {
    const [Shown, setShown] = useState(() => loaded);
    const [isLost, setLost] = useState(false);
    useEffect(() => {
      if (Shown) return;
      Promise.all([load(), loadLaterTexts()]).then(
        ([component]) => {
          loaded = component;
          setShown(() => component);
        },
        // The network is gone, or a newer version has taken this one's place at the server: to load anew mends both.
        () => setLost(true),
      );
    }, [Shown]);
    if (Shown) return <Shown {...props} />;
    if (part === null) return part;
    return isLost ? <Broken code="site-unreachable" /> : <Starting />;
  };
}
