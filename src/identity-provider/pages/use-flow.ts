import { useEffect, useState } from 'preact/hooks';
import { codeOf } from '../../core/errors.ts';
import type { NumberMatchOptions, NumberMatchResult } from '../../page/tandem.ts';
import type { SignedIn } from '../api-contract.ts';
import type { Api } from './api.ts';
import { failureOf } from './use-action.ts';
import type { View } from './view.ts';

/** What leads from one screen to the next. What a server refuses is thrown, for the screen to show. */
export interface Flow {
  show(view: View): void;
  /** Shows what belongs to an address and to who is signed in. */
  arrive(path: string): Promise<void>;
  /** The same for the address where the browser is, which no screen chose: shows itself what went wrong. */
  open(): Promise<void>;
  /** A number where the account has a phone, else the password. */
  begin(email: string): Promise<void>;
  /** What the server makes of a phone's answer. */
  verify(call: 'sign-in/answer' | 'phones/answer'): NumberMatchOptions['verify'];
  ended(email: string, id: string, result: NumberMatchResult): void;
  signIn(email: string, password: string): Promise<void>;
  signUp(email: string, password: string): Promise<void>;
  signOut(): Promise<void>;
}

const pathOf: Partial<Record<View['screen'], string>> = { security: '/security', 'sign-up': '/sign-up' };

/** What is at an address for who is signed in. */
function screenAt(path: string): 'home' | 'security' {
  return path === pathOf.security ? 'security' : 'home';
}

export function useFlow(api: Api): { view: View | null; flow: Flow } {
  const [view, setView] = useState<View | null>(null);
  const [flow] = useState(() => createFlow(api, setView));
  useEffect(() => {
    addEventListener('popstate', flow.open);
    flow.open();
    return () => removeEventListener('popstate', flow.open);
  }, [flow]);
  return { view, flow };
}

function createFlow(api: Api, setView: (view: View) => void): Flow {
  /** Who was signed in when the server was last reached. */
  let known: SignedIn | null = null;

  /** Shows the account of who has just signed in; where that is out of reach, the password leads to it. */
  async function enter(email: string, asked: boolean): Promise<void> {
    try {
      await flow.arrive('/');
    } catch (cause) {
      flow.show({ screen: 'password', email, asked, failure: failureOf(cause) });
    }
  }

  const flow: Flow = {
    show(next) {
      const path = pathOf[next.screen] ?? '/';
      if (location.pathname !== path) history.pushState(null, '', path);
      setView(next);
    },
    async open() {
      const path = location.pathname;
      try {
        await flow.arrive(path);
      } catch (cause) {
        const failure = failureOf(cause);
        setView(known ? { screen: screenAt(path), account: known, failure } : { screen: 'email', email: '', failure });
      }
    },
    async arrive(path) {
      const overview = await api.overview();
      known = overview.state === 'signed-in' ? overview : null;
      if (known) flow.show({ screen: screenAt(path), account: known });
      else flow.show({ screen: path === pathOf['sign-up'] ? 'sign-up' : 'email', email: '' });
    },
    async begin(email) {
      const step = await api.call('sign-in', { email });
      if (step.next === 'number') return flow.show({ screen: 'number', email, challenge: step.challenge });
      const { code, retryAfterMs } = step;
      flow.show({ screen: 'password', email, asked: false, ...(code && { failure: { code, retryAfterMs } }) });
    },
    verify: (call) => (answer) =>
      api.call(call, { answer }).catch((cause: unknown) => ({ outcome: 'failed', code: codeOf(cause) })),
    ended(email, id, result) {
      const { end, reason } = result;
      if (end === 'approved') {
        enter(email, true);
        return;
      }
      // The server forgets the request by itself where this does not reach it.
      api.call('sign-in/ended', { id, end, ...(reason && { reason }) }).catch(() => undefined);
      flow.show(end === 'password' ? { screen: 'password', email, asked: true } : { screen: 'ended', email, result });
    },
    async signIn(email, password) {
      await api.call('sign-in/password', { email, password });
      await flow.arrive('/');
    },
    async signUp(email, password) {
      await api.call('sign-up', { email, password });
      await enter(email, false);
    },
    async signOut() {
      await api.call('sign-out', null);
      known = null;
      flow.show({ screen: 'email', email: '' });
    },
  };
  return flow;
}
