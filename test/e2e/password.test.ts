import { describe, expect, it, onTestFinished } from 'vitest';
import type { SignInPage } from '../../src/demo/sign-in-page.ts';
import { email, openRequest, password, type Scene } from './actions.ts';
import { registeredPhone } from './scenes.ts';
import type { WorldOptions } from './world.ts';

interface At {
  /** Brings a request to this stage. */
  reach(scene: Scene): Promise<void>;
  /** What the popup calls it. */
  stage: string;
  world?: WorldOptions;
}

/** The phone's app is closed: nobody takes what is put into its mailbox. */
const closeApp = ({ phone }: Scene) => phone.page.goto('about:blank');

const stages: Record<string, At> = {
  'with the relay stopped': {
    stage: 'detected',
    world: { killable: true },
    async reach(scene) {
      await scene.world.killable.kill();
      await scene.site.enterEmail(email);
      await scene.site.number();
    },
  },
  'while the phone is away': {
    stage: 'stored',
    async reach(scene) {
      await closeApp(scene);
      await scene.site.enterEmail(email);
      await scene.site.number();
    },
  },
  'while the phone shows the numbers': {
    stage: 'opened',
    reach: async (scene) => void (await openRequest(scene)),
  },
};

async function signedInByPassword(site: SignInPage): Promise<void> {
  await site.enterPassword(password);
  expect(await site.method()).toBe('password');
}

describe.each(Object.entries(stages))('the password instead, %s', (_, { reach, stage, world: options }) => {
  it('from the page, in one click', async () => {
    const scene = await registeredPhone(email, options);
    const { world, site, phone } = scene;
    await reach(scene);
    const popup = await world.desktop.openPopup();
    await popup.waitFor(`main[data-screen="request"][data-stage="${stage}"]`);
    await popup.close();
    await site.usePassword();
    if (stage === 'opened') await phone.screen('result');
    await signedInByPassword(site);
    const after = await world.desktop.openPopup();
    await after.waitFor('main[data-screen="ended"][data-end="password"]');
  });

  it('from the popup, in one click', async () => {
    const scene = await registeredPhone(email, options);
    const { world, site, phone } = scene;
    await reach(scene);
    const popup = await world.desktop.openPopup();
    await popup.waitFor(`main[data-screen="request"][data-stage="${stage}"]`);
    await popup.click('[data-action="password"]');
    await popup.waitFor('main[data-screen="ended"][data-end="password"]');
    if (stage === 'opened') await phone.screen('result');
    await popup.close();
    await signedInByPassword(site);
  });
});

it('a request that was withdrawn while the phone was away never shows there', async () => {
  const scene = await registeredPhone();
  const { world, site, phone } = scene;
  await closeApp(scene);
  await site.enterEmail(email);
  await site.number();
  const popup = await world.desktop.openPopup();
  await popup.waitFor('main[data-stage="stored"]');
  await popup.click('[data-action="password"]');
  await popup.waitFor('main[data-end="password"]');
  await phone.page.goto(world.relay.origin);
  await phone.screen('home');
  expect(await phone.page.locator('[data-number]').count()).toBe(0);
});

it('without the extension the page says so and offers the password', async () => {
  const { world, site } = await registeredPhone();
  const page = await world.phones.newPage();
  onTestFinished(() => page.context().close());
  await page.goto(site.page.url());
  await page.getByLabel('E-mail address').fill(email);
  await page.getByRole('button', { name: 'Next' }).click();
  await page.locator('main[data-screen="ended"]').waitFor();
  await page.getByRole('button', { name: 'Use your password instead' }).click();
  await page.locator('main[data-screen="password"]').waitFor();
});
