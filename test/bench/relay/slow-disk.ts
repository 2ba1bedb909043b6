import { spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const source = fileURLToPath(new URL('slow-sync.c', import.meta.url));

/** The environment in which each sync of a process takes so much longer, µs; null where there is no C compiler. */
export function slowDisk(microseconds: number): NodeJS.ProcessEnv | null {
  const library = join(mkdtempSync(join(tmpdir(), 'tandem-bench-')), 'slow-sync.so');
  const { status } = spawnSync('cc', ['-shared', '-fPIC', '-O1', '-o', library, source, '-ldl'], { stdio: 'inherit' });
  return status === 0 ? { LD_PRELOAD: library, SLOW_SYNC_US: String(microseconds) } : null;
}
