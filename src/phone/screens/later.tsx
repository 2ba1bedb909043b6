import type { FunctionComponent } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { loadLaterTexts } from '../later-texts.ts';
import { Broken } from './broken.tsx';
import { Starting } from './starting.tsx';

/** A screen, or a part of one, that need not be there at the start. */
export interface Later<Props> extends FunctionComponent<Props> {
  /** Loads its code and the texts, so that it can be shown at once. */
  load(): Promise<void>;
}

/**
 * A screen, or a part of one, whose code and texts are loaded when it is shown for the first time, if not before. `part`: what
 * stands for a part until then, and when it cannot be loaded.
 */
export function later<Props extends object>(load: () => Promise<FunctionComponent<Props>>, part?: null): Later<Props> {
  let loaded: FunctionComponent<Props> | null = null;
  const loads = async () => {
    [loaded] = await Promise.all([load(), loadLaterTexts()]);
  };
  const Component = (props: Props) => {
    const [Shown, setShown] = useState(() => loaded);
    const [isLost, setLost] = useState(false);
    useEffect(() => {
      if (Shown) return;
      loads().then(
        () => setShown(() => loaded),
        // The network is gone, or a newer version has taken this one's place at the server: to load anew mends both.
        () => setLost(true),
      );
    }, [Shown]);
    if (Shown) return <Shown {...props} />;
    if (part === null) return part;
    return isLost ? <Broken code="site-unreachable" /> : <Starting />;
  };
  return Object.assign(Component, { load: loads });
}
