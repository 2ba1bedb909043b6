import { expect, it, onTestFinished } from 'vitest';
import { email, openRequest, pick, type Scene } from './actions.ts';
import { challengeOf, TestSite } from './drivers/test-site.ts';
import { registeredPhone } from './scenes.ts';

async function hostilePage({ world }: Scene) {
  const site = await TestSite.start();
  onTestFinished(() => site.stop());
  const page = await world.desktop.context.newPage();
  await page.goto(site.origin);
  return page;
}

/** Posts to its own window as fast as it can, until it is stopped. */
const flood = (challenge: unknown) => `
  globalThis.posted = 0;
  const challenge = ${JSON.stringify(challenge)};
  const fresh = (length) => btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(length))))
    .replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
  const pump = new MessageChannel();
  pump.port1.onmessage = () => {
    for (let count = 0; count < 50; count++) {
      const ids = { id: fresh(16), nonce: fresh(32) };
      postMessage({ tandem: 1, challenge: { ...challenge, ...ids } }, '*', [new MessageChannel().port2]);
      globalThis.posted += 1;
    }
    pump.port2.postMessage(null);
  };
  pump.port2.postMessage(null);
`;

it('floods of rubbish and of well-formed requests never wake the phone, and other sign-ins go on', async () => {
  const scene = await registeredPhone();
  const { world, site, phone } = scene;
  const [rubbish, wellFormed] = [await hostilePage(scene), await hostilePage(scene)];
  await rubbish.evaluate(flood({ type: 'sign-in', account: 7, choices: ['__proto__', null] }));
  await wellFormed.evaluate(flood(challengeOf(email)));
  for (const page of [rubbish, wellFormed]) await page.waitForFunction('posted > 5000');
  const number = await openRequest(scene);
  const popup = await world.desktop.openPopup();
  await popup.waitFor(`main[data-screen="request"][data-number="${number}"]`);
  await pick(phone, number);
  expect(await site.method()).toBe('number');
});
