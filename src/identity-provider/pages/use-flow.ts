import { useEffect, useState } from 'preact/hooks';
import { codeOf } from '../../core/errors.ts';
import type { NumberMatchOptions, NumberMatchResult } from '../../page/tandem.ts';
import type { Api } from './api.ts';
import { failureOf } from './use-action.ts';
import type { View } from './view.ts';

/** What leads from one screen to the next. What a server refuses is thrown, for the screen to show. */
export interface Flow {
  show(view: View): void;
  /** Shows what belongs to an address and to who is signed in. */
  arrive(path?: string): Promise<void>;
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

export function useFlow(api: Api): { view: View | null; flow: Flow } {
  const [view, setView] = useState<View | null>(null);
  const [flow] = useState(() => createFlow(api, setView));
  useEffect(() => {
    const back = () => flow.arrive();
    addEventListener('popstate', back);
    back();
    return () => removeEventListener('popstate', back);
  }, [flow]);
  return { view, flow };
}

function createFlow(api: Api, setView: (view: View) => void): Flow {
  const flow: Flow = {
    show(next) {
      const path = pathOf[next.screen] ?? '/';
      if (location.pathname !== path) history.pushState(null, '', path);
      setView(next);
    },
    async arrive(path = location.pathname) {
      try {
        const overview = await api.overview();
        if (overview.state === 'signed-in') {
          flow.show({ screen: path === '/security' ? 'security' : 'home', account: overview });
        } else flow.show({ screen: path === '/sign-up' ? 'sign-up' : 'email', email: '' });
      } catch (cause) {
        setView({ screen: 'email', email: '', failure: failureOf(cause) });
      }
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
        flow.arrive('/');
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
      await flow.arrive('/');
    },
    async signOut() {
      await api.call('sign-out', null);
      flow.show({ screen: 'email', email: '' });
    },
  };
  return flow;
}
