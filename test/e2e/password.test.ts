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
  /** What else is so once both requests of the test are over. */
  afterwards(scene: Scene): Promise<void>;
}

const stages: Record<string, At> = {
  'with the relay stopped, and without the extension too': {
    stage: 'detected',
    world: { killable: true },
    async reach({ world, site }) {
      await world.killable.kill();
      await site.enterEmail(email);
      await site.number();
    },
    async afterwards({ world, site }) {
      const page = await world.phones.newPage();
      onTestFinished(() => page.context().close());
      await page.goto(new URL(site.page.url()).origin);
      await page.getByLabel('E-mail address').fill(email);
      await page.getByRole('button', { name: 'Next' }).click();
      await page.locator('main[data-screen="ended"]').waitFor();
      await page.getByRole('button', { name: 'Use your password instead' }).click();
      await page.locator('main[data-screen="password"]').waitFor();
    },
  },
  'while the phone is away, which never shows what was withdrawn': {
    stage: 'stored',
    async reach({ site, phone }) {
      // Its app is closed: nobody takes what is put into its mailbox.
      await phone.page.goto('about:blank');
      await site.enterEmail(email);
      await site.number();
    },
    async afterwards({ world, phone }) {
      await phone.page.goto(world.relay.origin);
      await phone.screen('home');
      expect(await phone.page.locator('[data-number]').count()).toBe(0);
    },
  },
  'while the phone shows the numbers, which then shows how it ended': {
    stage: 'opened',
    async reach(scene) {
      await openRequest(scene);
    },
    afterwards: ({ phone }) => phone.screen('result'),
  },
};

async function signedInByPassword(site: SignInPage): Promise<void> {
  await site.enterPassword(password);
  expect(await site.method()).toBe('password');
}

describe.each(Object.entries(stages))('the password instead, %s', (_, { reach, stage, world: options, afterwards }) => {
  it('comes from the page and from the popup, in one click', async () => {
    const scene = await registeredPhone(email, options);
    const { world, site } = scene;

    await reach(scene);
    const popup = await world.desktop.openPopup();
    await popup.waitFor(`main[data-screen="request"][data-stage="${stage}"]`);
    await popup.close();
    await site.usePassword();
    await signedInByPassword(site);
    const after = await world.desktop.openPopup();
    await after.waitFor('main[data-screen="ended"][data-end="password"]');
    await after.close();
    await site.signOut();

    await reach(scene);
    const again = await world.desktop.openPopup();
    await again.waitFor(`main[data-screen="request"][data-stage="${stage}"]`);
    await again.click('[data-action="password"]');
    await again.waitFor('main[data-screen="ended"][data-end="password"]');
    await again.close();
    await signedInByPassword(site);
    await afterwards(scene);
  });
});
