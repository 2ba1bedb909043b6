import { AppError } from '../core/errors.ts';

/** `not-allowed`, because the page is not at the site's own address, with that address: an origin. */
export class WrongAddress extends AppError {
  readonly address: string;

  constructor(address: string) {
    super('not-allowed', `only from ${address}`);
    this.address = address;
  }
}
