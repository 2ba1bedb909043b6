import { expect, it } from 'vitest';
import { loadedSizes } from '../bench/sizes.ts';

it.each(loadedSizes())('what is loaded stays small: $what', ({ bytes, most }) => {
  expect(bytes).toBeLessThanOrEqual(most);
});
