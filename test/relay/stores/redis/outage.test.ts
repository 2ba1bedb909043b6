import { expect, it } from 'vitest';
import { AppError } from '../../../../src/core/errors.ts';
import { Outage } from '../../../../src/relay/stores/redis/outage.ts';

it('an outage of Redis is said at its beginning and its end, and other trouble beside it', () => {
  const said: string[] = [];
  const outage = new Outage((text) => void said.push(text));
  outage.end();
  outage.trouble(new AppError('storage-full', 'Redis: OOM'));
  for (let round = 0; round < 2; round++) {
    outage.begin(new Error('connect ECONNREFUSED'));
    outage.begin(new Error('read ECONNRESET'));
    outage.trouble(new AppError('storage-full', 'Redis: Command timed out'));
    outage.end();
    outage.end();
  }
  const once = ['Redis is gone: connect ECONNREFUSED', 'Redis is back'];
  expect(said).toEqual(['storage-full: Redis: OOM', ...once, ...once]);
});
