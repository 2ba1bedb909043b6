import { adfsAzuremfa } from './adfs-azuremfa.ts';
import { duoVerifiedPush } from './duo-verified-push.ts';
import { entraMfa } from './entra-mfa.ts';
import { entraPasswordless } from './entra-passwordless.ts';
import { forgerockPush } from './forgerock-push.ts';
import { githubMobile } from './github-mobile.ts';
import { googleDp } from './google-dp.ts';
import { keycloakPushMfa } from './keycloak-push-mfa.ts';
import { lineWeb } from './line-web.ts';
import { msaFluent } from './msa-fluent.ts';
import { oktaV1 } from './okta-v1.ts';
import { oktaV2 } from './okta-v2.ts';
import { oktaV3 } from './okta-v3.ts';
import { pingid } from './pingid.ts';
import { privacyideaKeycloak } from './privacyidea-keycloak.ts';
import type { Provider } from './provider.ts';

/** Every page family that is recognised. Where two share a host, the first that finds its number wins. */
export const providers: readonly Provider[] = [
  entraMfa,
  entraPasswordless,
  msaFluent,
  googleDp,
  oktaV3,
  oktaV2,
  oktaV1,
  duoVerifiedPush,
  pingid,
  githubMobile,
  lineWeb,
  adfsAzuremfa,
  keycloakPushMfa,
  privacyideaKeycloak,
  forgerockPush,
];

/** The provider of this id, or null. */
export function providerOf(id: string): Provider | null {
  return providers.find((provider) => provider.id === id) ?? null;
}
