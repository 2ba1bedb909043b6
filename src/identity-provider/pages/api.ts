import { AppError } from '../../core/errors.ts';
import { type Call, type Input, type Output, type Overview, outputs, overview, refusal } from '../api-contract.ts';
import { RateLimited } from '../rate-limited.ts';
import { WrongAddress } from '../wrong-address.ts';

/** The identity provider's server, as its pages see it. */
export interface Api {
  /** Throws what the server refuses with, and `site-unreachable`. */
  call<C extends Call>(name: C, input: Input<C>): Promise<Output<C>>;
  overview(): Promise<Overview>;
}

export function createApi(request: (path: string, init: RequestInit) => Promise<Response>): Api {
  async function ask(path: string, init: RequestInit): Promise<unknown> {
    let response: Response;
    let body: unknown;
    try {
      response = await request(`/api/${path}`, init);
      body = await response.json();
    } catch (cause) {
      throw new AppError('site-unreachable', undefined, { cause });
    }
    if (response.ok) return body;
    const { code, retryAfterMs, address } = refusal(body, 'refusal');
    if (address !== undefined) throw new WrongAddress(address);
    throw retryAfterMs === undefined ? new AppError(code) : new RateLimited(retryAfterMs);
  }

  return {
    async call<C extends Call>(name: C, input: Input<C>): Promise<Output<C>> {
      const headers = { 'content-type': 'application/json' };
      const given = await ask(name, { method: 'POST', headers, body: JSON.stringify(input) });
      return (outputs[name] as (value: unknown, field: string) => Output<C>)(given, name);
    },
    overview: async () => overview(await ask('overview', {}), 'overview'),
  };
}
