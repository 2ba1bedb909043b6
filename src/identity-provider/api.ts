import { confirmPassword, signInWithPassword, signUp } from './accounts.ts';
import { type Call, type Input, inputs, type Output, type Overview } from './api-contract.ts';
import type { Context } from './context.ts';
import { answerRegistration, beginRegistration, removePhone } from './phones.ts';
import { answerSignIn, beginSignIn, endSignIn } from './sign-in.ts';
import { closeSession, requireSignedIn, type SignedInVisit, signedIn, type Visit } from './visit.ts';

/** What a call whose output has no fields gives is of no interest. */
type Handled<C extends Call> = object extends Output<C> ? unknown : Output<C>;
type Handler<C extends Call> = (context: Context, visit: Visit, input: Input<C>) => Promise<Handled<C>>;

function forSignedIn<C extends Call>(
  handle: (context: Context, visit: SignedInVisit, input: Input<C>) => Promise<Handled<C>>,
): Handler<C> {
  return async (context, visit, input) => handle(context, await requireSignedIn(context, visit), input);
}

/** Every call, and who may make it. */
const handlers: { [C in Call]: Handler<C> } = {
  'sign-in': beginSignIn,
  'sign-in/answer': answerSignIn,
  'sign-in/ended': endSignIn,
  'sign-in/password': signInWithPassword,
  'sign-up': signUp,
  'sign-out': closeSession,
  password: forSignedIn(confirmPassword),
  'phones/request': forSignedIn(beginRegistration),
  'phones/answer': forSignedIn(answerRegistration),
  'phones/remove': forSignedIn(removePhone),
};

export function isCall(name: string): name is Call {
  return Object.hasOwn(handlers, name);
}

/** Parses what a call takes and does it. Throws the codes of its parser and its handler. */
export async function handleCall<C extends Call>(
  context: Context,
  visit: Visit,
  call: C,
  given: unknown,
): Promise<object> {
  const input = (inputs[call] as (value: unknown, field: string) => Input<C>)(given, 'input');
  const output: unknown = await handlers[call](context, visit, input);
  return typeof output === 'object' && output !== null ? output : {};
}

export async function overviewOf(context: Context, visit: Visit): Promise<Overview> {
  const found = await signedIn(context, visit);
  if (!found) return { state: 'signed-out' };
  const { account, session } = found;
  const [phones, log] = await Promise.all([context.store.phones(account.id), context.store.recentLog(account.id)]);
  return {
    state: 'signed-in',
    email: account.email,
    method: session.method,
    phone: session.phone,
    signedInAt: session.signedInAt,
    blocked: account.blockedAt !== 0,
    phones: phones.map(({ credentialId, name, registeredAt, lastUsedAt }) => ({
      credentialId,
      name,
      registeredAt,
      lastUsedAt,
    })),
    log,
  };
}
