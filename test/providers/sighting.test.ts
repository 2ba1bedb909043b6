import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../src/core/errors.ts';
import { admit } from '../../src/providers/sighting.ts';
import { propertyRuns } from '../support/property-runs.ts';
import { refusal } from '../support/refusal.ts';

const home = { url: 'https://login.microsoftonline.com/common/login', top: true };
const foreign = { url: 'https://evil.example/', top: true };
const controls = { password: false, otherWay: true, resend: false, cancel: false };
const number = { type: 'number', provider: 'entra-mfa', number: '42', account: 'adele@contoso.example', controls };

describe('what a content script says', () => {
  it('is taken at home', () => {
    expect(admit(number, home, [])).toMatchObject({ sighting: number, provider: { id: 'entra-mfa' }, suspicion: null });
    expect(admit({ type: 'ended', provider: 'entra-mfa', outcome: 'denied' }, home, []).suspicion).toBeNull();
  });

  it('is refused elsewhere, in a frame, and off the path', () => {
    for (const place of [foreign, { ...home, top: false }, { ...home, url: home.url.replace('https', 'http') }]) {
      expect(refusal(() => admit(number, place, [])).code).toBe('not-allowed');
      expect(refusal(() => admit({ type: 'left', provider: 'entra-mfa', by: 'page' }, place, [])).code).toBe(
        'not-allowed',
      );
    }
    const github = { ...number, provider: 'github-mobile' };
    expect(refusal(() => admit(github, { url: 'https://github.com/contoso', top: true }, [])).code).toBe('not-allowed');
  });

  it('counts where its page has gone without loading, on the host that the browser names', () => {
    const google = { ...number, provider: 'google-dp', number: '7', path: '/v3/signin/challenge/dp' };
    const loaded = { url: 'https://accounts.google.com/v3/signin/identifier', top: true };
    expect(admit(google, loaded, []).url).toBe('https://accounts.google.com/v3/signin/challenge/dp');
    expect(refusal(() => admit({ ...google, path: undefined }, loaded, [])).code).toBe('not-allowed');
    for (const path of [
      '/v3/signin/identifier',
      '//accounts.google.com/v3/signin/challenge/dp',
      '/@accounts.google.com/',
    ]) {
      expect(refusal(() => admit({ ...google, path }, loaded, [])).code).toBe('not-allowed');
      expect(refusal(() => admit({ ...google, path }, foreign, [])).code).toBe('not-allowed');
    }
    expect(refusal(() => admit({ ...google, path: 'https://accounts.google.com/' }, foreign, [])).code).toBe(
      'malformed-message',
    );
  });

  it('is refused when its number has not the provider’s form', () => {
    expect(refusal(() => admit({ ...number, number: '123' }, home, [])).code).toBe('not-allowed');
    expect(refusal(() => admit({ ...number, number: 'D' }, home, [])).code).toBe('not-allowed');
    expect(refusal(() => admit({ ...number, number: '<b>' }, home, [])).code).toBe('malformed-message');
    const url = 'https://sso.contoso.example/realms/staff/login-actions/authenticate';
    const letter = { ...number, provider: 'privacyidea-keycloak', number: 'D' };
    expect(admit(letter, { url, top: true }, ['sso.contoso.example']).sighting).toMatchObject({ number: 'D' });
  });

  it('is refused about a provider that there is not', () => {
    expect(refusal(() => admit({ ...number, provider: 'toString' }, home, [])).code).toBe('malformed-message');
    expect(refusal(() => admit({ ...number, provider: 'no-such' }, home, [])).code).toBe('malformed-message');
  });

  it('is suspicious where the browser agrees that it is', () => {
    const stranger = { type: 'stranger', provider: 'entra-mfa' };
    expect(admit(stranger, foreign, []).suspicion).toBe('look-alike');
    expect(refusal(() => admit(stranger, home, [])).code).toBe('not-allowed');
  });

  it('is refused with a code of ours, whatever it is', () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        expect(() => admit(value, home, [])).toThrow(AppError);
      }),
      propertyRuns(200),
    );
  });
});
