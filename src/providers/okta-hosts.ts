/** Domains under which Okta gives each organisation its host. */
export const oktaSuffixes = [
  'okta.com',
  'oktapreview.com',
  'okta-emea.com',
  'okta-gov.com',
  'okta.mil',
  'trexcloud.com',
] as const;

export const oktaMatches = oktaSuffixes.map((suffix) => `https://*.${suffix}/*`);

/** The password's row in the list that "Verify with something else" opens. */
export const oktaPassword = [
  '[data-se~=okta_password] .select-factor',
  '[data-se~=okta_password] [data-se~=button]',
  'button[data-se~=okta_password]',
  '[data-se~=okta_password] button',
] as const;
