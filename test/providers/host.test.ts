import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { entraMfa } from '../../src/providers/entra-mfa.ts';
import { githubMobile } from '../../src/providers/github-mobile.ts';
import { hostToShow, isHome, ownsHost, requestKey } from '../../src/providers/host.ts';
import { oktaV3 } from '../../src/providers/okta-v3.ts';
import { providers } from '../../src/providers/registry.ts';
import { propertyRuns } from '../support/property-runs.ts';

const top = true;
const label = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?$/);
const fixedHosts = providers.flatMap(({ hosts }) => [...(hosts.exact ?? []), ...(hosts.suffix ?? [])]);

describe('a provider is at home', () => {
  it.each([
    [entraMfa, 'https://login.microsoftonline.com/common/login'],
    [entraMfa, 'https://LOGIN.MicrosoftOnline.com/'],
    [entraMfa, 'https://someone@login.microsoftonline.com/'],
    [oktaV3, 'https://contoso.okta.com/'],
    [oktaV3, 'https://a.b.okta.com/'],
    [githubMobile, 'https://github.com/sessions/two-factor/mobile'],
    [githubMobile, 'https://github.com/contoso/app/settings/access'],
  ])('%#: %o at %s', (provider, url) => {
    expect(isHome(provider, { url, top }, [])).toBe(true);
  });

  it.each([
    ['no TLS', entraMfa, 'http://login.microsoftonline.com/'],
    ['a suffix', entraMfa, 'https://login.microsoftonline.com.evil.example/'],
    ['a prefix', entraMfa, 'https://evil-login.microsoftonline.com/'],
    ['a host below', entraMfa, 'https://a.login.microsoftonline.com/'],
    ['a dot at the end', entraMfa, 'https://login.microsoftonline.com./'],
    ['user information', entraMfa, 'https://login.microsoftonline.com@evil.example/'],
    ['user information and a password', entraMfa, 'https://login.microsoftonline.com:443@evil.example/'],
    ['the host in the path', entraMfa, 'https://evil.example/login.microsoftonline.com/'],
    ['the host in the fragment', entraMfa, 'https://evil.example/#https://login.microsoftonline.com/'],
    ['a backslash', entraMfa, 'https://evil.example\\@login.microsoftonline.com/'],
    ['a Cyrillic letter', entraMfa, 'https://login.micros\u043eftonline.com/'],
    ['another scheme', entraMfa, 'blob:https://login.microsoftonline.com/1'],
    ['no address', entraMfa, 'about:srcdoc'],
    ['no URL', entraMfa, ''],
    ['the suffix itself', oktaV3, 'https://okta.com/'],
    ['a suffix without its dot', oktaV3, 'https://evilokta.com/'],
    ['another path', githubMobile, 'https://github.com/contoso/app/issues/27'],
  ])('not with %s', (_, provider, url) => {
    expect(isHome(provider, { url, top }, [])).toBe(false);
  });

  it('and not inside another page', () => {
    expect(isHome(entraMfa, { url: 'https://login.microsoftonline.com/', top: false }, [])).toBe(false);
  });

  it('on a granted host, where organisations have it at home and only there', () => {
    const place = { url: 'https://login.contoso.example/', top };
    expect(isHome(oktaV3, place, [])).toBe(false);
    expect(isHome(oktaV3, place, ['login.contoso.example'])).toBe(true);
    expect(isHome(oktaV3, place, ['contoso.example'])).toBe(false);
    expect(isHome(entraMfa, place, ['login.contoso.example'])).toBe(false);
  });

  it('on no host that merely contains one of its own', () => {
    fc.assert(
      fc.property(fc.constantFrom(...fixedHosts), label, label, (host, before, after) => {
        const tricks = [`${host}.${after}`, `${before}-${host}`, `${before}${host}`, `${host}${after}`, `${host}.`];
        for (const trick of tricks) {
          for (const provider of providers) {
            if (provider.hosts.suffix?.some((suffix) => trick.endsWith(`.${suffix}`))) continue;
            if (provider.hosts.exact?.some((exact) => exact === trick)) continue;
            expect(ownsHost(provider, trick, [])).toBe(false);
          }
        }
      }),
      propertyRuns(300),
    );
  });

  it('on a host below a domain of its own, however deep', () => {
    fc.assert(
      fc.property(fc.array(label, { minLength: 1, maxLength: 4 }), (labels) => {
        expect(ownsHost(oktaV3, [...labels, 'okta.com'].join('.'), [])).toBe(true);
      }),
      propertyRuns(100),
    );
  });

  it('or not, but never throws, whatever the address', () => {
    fc.assert(
      fc.property(fc.string(), (url) => {
        for (const provider of providers) expect(isHome(provider, { url, top }, [])).toBe(false);
      }),
      propertyRuns(200),
    );
  });
});

describe('what is shown and kept of an address', () => {
  it('is its host in ASCII', () => {
    expect(hostToShow('https://login.micros\u043eftonline.com/')).toBe('login.xn--microsftonline-0zl.com');
    expect(hostToShow('https://a@evil.example/')).toBe('evil.example');
    expect(hostToShow('about:srcdoc')).toBe('');
  });

  it('is the same across loads with other queries, and another for another number, host or path', () => {
    const key = (url: string, number = '42') => requestKey(entraMfa, url, number);
    expect(key('https://login.microsoftonline.com/a/?x=1')).toBe(key('https://login.microsoftonline.com/a?y#z'));
    expect(key('https://login.microsoftonline.com/a')).not.toBe(key('https://login.microsoftonline.com/b'));
    expect(key('https://login.microsoftonline.com/a')).not.toBe(key('https://login.microsoft.com/a'));
    expect(key('https://login.microsoftonline.com/a')).not.toBe(key('https://login.microsoftonline.com/a', '07'));
  });
});
