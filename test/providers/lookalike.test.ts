import { describe, expect, it } from 'vitest';
import { adfsAzuremfa } from '../../src/providers/adfs-azuremfa.ts';
import { entraMfa } from '../../src/providers/entra-mfa.ts';
import { suspicionOf } from '../../src/providers/lookalike.ts';
import { oktaV3 } from '../../src/providers/okta-v3.ts';
import { providers } from '../../src/providers/registry.ts';

const at = (url: string, top = true) => ({ url, top });

describe('a provider’s number', () => {
  it('is above suspicion at home, and where only the scheme or the path is another', () => {
    expect(suspicionOf(entraMfa, at('https://login.microsoftonline.com/'), [])).toBeNull();
    expect(suspicionOf(entraMfa, at('http://login.microsoftonline.com/'), [])).toBeNull();
    expect(suspicionOf(adfsAzuremfa, at('https://sts.contoso.example/'), ['sts.contoso.example'])).toBeNull();
  });

  it('is a look-alike on somebody else’s host, whatever the scheme and however granted', () => {
    const url = 'https://login.microsoftonline.com.evil.example/';
    expect(suspicionOf(entraMfa, at(url), [])).toBe('look-alike');
    expect(suspicionOf(entraMfa, at(url.replace('https', 'http')), [])).toBe('look-alike');
    expect(suspicionOf(entraMfa, at(url), ['login.microsoftonline.com.evil.example'])).toBe('look-alike');
  });

  it('is asked about where it may be the organisation’s own, over TLS and on its path', () => {
    expect(suspicionOf(oktaV3, at('https://login.fabrikam.example/'), [])).toBe('ask');
    expect(suspicionOf(oktaV3, at('http://login.fabrikam.example/'), [])).toBeNull();
    expect(suspicionOf(adfsAzuremfa, at('https://sts.fabrikam.example/adfs/ls'), [])).toBe('ask');
    expect(suspicionOf(adfsAzuremfa, at('https://sts.fabrikam.example/'), [])).toBeNull();
  });

  it('is told apart behind Microsoft’s own proxies, which end in a dot and their domain', () => {
    expect(suspicionOf(entraMfa, at('https://login.microsoftonline.com.mcas.ms/'), [])).toBe('rewritten');
    expect(suspicionOf(oktaV3, at('https://contoso.okta.com.mcas-gov.us/'), [])).toBe('rewritten');
    expect(suspicionOf(entraMfa, at('https://evilmcas.ms/'), [])).toBe('look-alike');
    expect(suspicionOf(entraMfa, at('https://mcas.ms.evil.example/'), [])).toBe('look-alike');
  });

  it('is never trusted inside another page', () => {
    for (const provider of providers) {
      expect(suspicionOf(provider, at('https://login.microsoftonline.com/', false), [])).toBe('framed');
      expect(suspicionOf(provider, at('about:srcdoc', false), [])).toBe('framed');
    }
  });
});
