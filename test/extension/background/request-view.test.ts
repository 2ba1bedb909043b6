import { expect, it } from 'vitest';
import { begin } from '../../../src/core/request.ts';
import { requestView } from '../../../src/extension/background/request-view.ts';
import { signIn } from '../support/challenge.ts';

it.each([
  [['17', '42', '93'], false],
  [[], true],
])('a number with the choices %j is typed: %s', (choices, isTyped) => {
  const challenge = signIn(1, { choices });
  const of = {
    kind: 'challenge',
    id: challenge.id,
    origin: 'https://id.example',
    tab: 1,
    asked: [],
    told: false,
  } as const;
  expect(requestView({ ...of, life: begin(0), challenge })).toMatchObject({ isTyped });
});
