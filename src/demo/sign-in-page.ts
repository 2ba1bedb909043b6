import type { Page } from 'playwright-core';

/** The identity provider's pages, as a person works them. Texts are English: the tour's browsers are. */
export class SignInPage {
  readonly page: Page;
  readonly #provider: string;

  /** `provider`: its origin. */
  constructor(page: Page, provider: string) {
    this.page = page;
    this.#provider = provider;
  }

  async open(): Promise<void> {
    await this.page.goto(this.#provider);
  }

  /** Waits until a screen is shown. */
  async screen(name: string): Promise<void> {
    await this.page.locator(`main[data-screen="${name}"]`).waitFor();
  }

  async createAccount(email: string, password: string): Promise<void> {
    await this.open();
    await this.page.getByRole('button', { name: 'Create an account' }).click();
    await this.screen('sign-up');
    await this.page.getByLabel('E-mail address').fill(email);
    await this.page.getByLabel('Password').fill(password);
    await this.page.getByRole('button', { name: 'Create an account' }).click();
    await this.screen('home');
  }

  /** Opens the account's phones and asks for the paired one to be added. */
  async addPhone(): Promise<void> {
    await this.page.getByRole('button', { name: 'Security info' }).click();
    await this.screen('security');
    await this.page.getByRole('button', { name: 'Add this phone' }).click();
  }

  async phoneAdded(): Promise<void> {
    await this.page.getByText('The phone was added.').waitFor();
  }

  async signOut(): Promise<void> {
    await this.page.goto(this.#provider);
    await this.page.getByRole('button', { name: 'Sign out' }).click();
    await this.screen('email');
  }

  /** Enters the e-mail address; what comes next depends on the account. */
  async enterEmail(email: string): Promise<void> {
    await this.page.getByLabel('E-mail address').fill(email);
    await this.page.getByRole('button', { name: 'Next' }).click();
  }

  /** The number that is shown. */
  async number(): Promise<string> {
    await this.screen('number');
    return (await this.page.locator('[data-number]').getAttribute('data-number')) ?? '';
  }

  async usePassword(): Promise<void> {
    await this.page.getByRole('button', { name: 'Use your password instead' }).click();
  }

  async enterPassword(password: string): Promise<void> {
    await this.screen('password');
    await this.page.getByLabel('Password').fill(password);
    await this.page.getByRole('button', { name: 'Sign in' }).click();
  }

  async askAgain(): Promise<void> {
    await this.page.getByRole('button', { name: 'Send another request' }).click();
  }

  /** How the person who is signed in signed in: `number` or `password`. */
  async method(): Promise<string> {
    await this.screen('home');
    return (await this.page.locator('[data-method]').getAttribute('data-method')) ?? '';
  }
}
