import { describe, expect, it } from 'vitest';
import { adfsAzuremfa } from '../../src/providers/adfs-azuremfa.ts';
import { duoVerifiedPush } from '../../src/providers/duo-verified-push.ts';
import { entraMfa } from '../../src/providers/entra-mfa.ts';
import { githubMobile } from '../../src/providers/github-mobile.ts';
import { googleDp } from '../../src/providers/google-dp.ts';
import { outcomeOfMove } from '../../src/providers/moving-on.ts';

const granted = ['sts.contoso.example'];

describe('a waiting page that goes on by itself', () => {
  it.each([
    [entraMfa, 'https://portal.contoso.example/', 'approved'],
    [entraMfa, 'https://login.microsoftonline.com/common/SAS/ProcessAuth', 'approved'],
    [entraMfa, 'https://login.microsoftonline.com/kmsi', 'approved'],
    [entraMfa, 'https://login.microsoftonline.com/common/login', null],
    [entraMfa, null, 'approved'],
    [googleDp, 'https://accounts.google.com/CheckCookie', 'approved'],
    [googleDp, 'https://accounts.google.com/v3/signin/rejected', 'denied'],
    [googleDp, 'https://accounts.google.com/v3/signin/challenge/totp', null],
    [githubMobile, 'https://github.com/login', 'denied'],
    [githubMobile, 'https://github.com/', 'approved'],
    [githubMobile, 'https://github.com/sessions/two-factor/app', null],
    [adfsAzuremfa, 'https://sts.contoso.example/adfs/ls/', null],
    [adfsAzuremfa, 'https://sts.contoso.example/portal', 'approved'],
    [duoVerifiedPush, 'https://api-1.duosecurity.com/frame/v4/oidc/exit', 'approved'],
    [duoVerifiedPush, 'https://api-1.duosecurity.com/frame/v3/settings', null],
  ] as const)('%#: to %2$s', (provider, url, outcome) => {
    expect(outcomeOfMove(provider, url, 'page', granted)).toBe(outcome);
  });

  it('has told nothing when it was the person who went', () => {
    expect(outcomeOfMove(entraMfa, 'https://portal.contoso.example/', 'person', [])).toBeNull();
    expect(outcomeOfMove(entraMfa, null, 'person', [])).toBeNull();
    expect(
      outcomeOfMove(googleDp, 'https://accounts.google.com/v3/signin/challenge/selection', 'person', []),
    ).toBeNull();
  });
});
