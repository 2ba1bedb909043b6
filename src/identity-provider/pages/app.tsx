import type { VNode } from 'preact';
import type { Api } from './api.ts';
import { EmailScreen } from './screens/email.tsx';
import { EndedScreen } from './screens/ended.tsx';
import { HomeScreen } from './screens/home.tsx';
import { NumberScreen } from './screens/number.tsx';
import { PasswordScreen } from './screens/password.tsx';
import { SecurityScreen } from './screens/security.tsx';
import { SignUpScreen } from './screens/sign-up.tsx';
import { type Flow, useFlow } from './use-flow.ts';
import type { View } from './view.ts';

interface Props {
  api: Api;
  now: () => number;
}

type Screens = {
  [Name in View['screen']]: (view: Extract<View, { screen: Name }>, flow: Flow, props: Props) => VNode;
};

const screens: Screens = {
  email: ({ email, failure }, flow) => (
    <EmailScreen
      email={email}
      failure={failure}
      onEmail={flow.begin}
      onSignUp={(typed) => flow.show({ screen: 'sign-up', email: typed })}
    />
  ),
  'sign-up': ({ email }, flow) => (
    <SignUpScreen
      email={email}
      onSignUp={flow.signUp}
      onSignIn={(typed) => flow.show({ screen: 'email', email: typed })}
    />
  ),
  password: ({ email, asked, failure }, flow) => (
    <PasswordScreen
      email={email}
      asked={asked}
      failure={failure}
      onPassword={(password) => flow.signIn(email, password)}
      onAskPhone={() => flow.begin(email)}
      onOther={() => flow.show({ screen: 'email', email: '' })}
    />
  ),
  number: ({ email, challenge }, flow, { now }) => (
    <NumberScreen
      key={challenge.id}
      challenge={challenge}
      now={now}
      verify={flow.verify('sign-in/answer')}
      onEnd={(result) => flow.ended(email, challenge.id, result)}
    />
  ),
  ended: ({ email, result }, flow) => (
    <EndedScreen
      email={email}
      result={result}
      onAskPhone={() => flow.begin(email)}
      onPassword={() => flow.show({ screen: 'password', email, asked: true })}
      onOther={() => flow.show({ screen: 'email', email: '' })}
    />
  ),
  home: ({ account, failure }, flow) => (
    <HomeScreen
      account={account}
      failure={failure}
      onSecurity={() => flow.arrive('/security')}
      onSignOut={flow.signOut}
    />
  ),
  security: ({ account, failure }, flow, { api, now }) => (
    <SecurityScreen
      account={account}
      failure={failure}
      api={api}
      now={now}
      verify={flow.verify('phones/answer')}
      onChange={() => flow.arrive('/security')}
      onHome={() => flow.arrive('/')}
    />
  ),
};

/** The provider's pages. */
export function App(props: Props) {
  const { view, flow } = useFlow(props.api);
  if (!view) return null;
  const render = screens[view.screen] as (view: View, flow: Flow, props: Props) => VNode;
  return render(view, flow, props);
}
