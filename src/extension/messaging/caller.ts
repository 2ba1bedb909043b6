import type { Runtime } from 'webextension-polyfill';
import { AppError } from '../../core/errors.ts';
import { orNull } from '../../core/or-null.ts';
import { origin as parseOrigin } from '../../core/parse.ts';

/** Who speaks to the background. A content script lives inside a hostile page: trust it like the network. */
export type Caller =
  | { readonly kind: 'extension-page' }
  | {
      readonly kind: 'content-script';
      readonly tab: number;
      /** The page's, as the browser states it. */
      readonly origin: string;
      /** The page's, as it was when the script began to speak. */
      readonly url: string;
    }
  | {
      /** A content script in a frame, or on a page that is not on a secure origin: it may warn, and nothing else. */
      readonly kind: 'watching-script';
      readonly tab: number;
      readonly url: string;
      readonly top: boolean;
    };
export type CallerKind = Caller['kind'];

/** This extension: `id` and the origin of its pages. */
export interface Own {
  id: string;
  origin: string;
}

type Sender = Runtime.MessageSender & {
  /** Chromium's: more reliable than the address, which a page may rewrite within its origin. */
  origin?: string;
};

/**
 * Who a message is from, by what the browser says of its sender and nothing else. Throws `not-allowed` for whom we
 * don't know.
 */
export function callerOf(sender: Runtime.MessageSender | undefined, own: Own): Caller {
  const { id, url, tab, frameId, origin: given } = (sender ?? {}) as Sender;
  if (id !== own.id || url === undefined) throw new AppError('not-allowed', 'from elsewhere');
  const stated = given ?? originOf(url);
  // A popup opened in a tab has a tab too, so only the address tells.
  if (stated === own.origin && originOf(url) === own.origin) return { kind: 'extension-page' };
  if (tab?.id === undefined) throw new AppError('not-allowed', 'in no tab');
  const watching = { kind: 'watching-script', tab: tab.id, url, top: frameId === 0 } as const;
  if (!watching.top) return watching;
  const origin = orNull(() => parseOrigin(stated, 'origin'));
  return origin === null ? watching : { kind: 'content-script', tab: tab.id, origin, url };
}

/** `chrome-extension:` has an opaque origin in some runtimes' URL, so it is put together by hand. */
function originOf(url: string): string {
  const { protocol, host } = new URL(url);
  return `${protocol}//${host}`;
}
