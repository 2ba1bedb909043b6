import { writeFileSync } from 'node:fs';
import { wireExamples } from '../support/wire-examples.ts';

// Writes wire.json, so that a change of the wire shows as a change of a file. `npx tsx test/vectors/make-wire.ts`

writeFileSync(new URL('wire.json', import.meta.url), `${JSON.stringify(wireExamples(), null, 2)}\n`);
