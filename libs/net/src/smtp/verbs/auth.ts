import { isUtf8 } from 'node:buffer';
import { decodeBase64, reply, type Reply } from '@postroad/smtp';
import type { Conversation } from '../conversation.ts';
import {
  AUTH_CANCELLED,
  AUTH_FAILED,
  AUTH_MALFORMED,
  AUTH_NEEDS_TLS,
  AUTH_OK,
  AUTH_TWICE,
  AUTH_UNAVAILABLE,
  AUTH_UNKNOWN_MECHANISM,
  HELLO_FIRST,
  NOT_IN_TRANSACTION,
} from '../replies.ts';
import type { MaybePromise, SmtpCredentials } from '../types.ts';
import type { VerbSpec } from './spec.ts';

/** AUTH (RFC 4954) with PLAIN (RFC 4616) and LOGIN (draft-murchison-sasl-login), under TLS only. */
export const auth: VerbSpec<'AUTH'> = {
  check: (conversation, { mechanism }) => {
    if (conversation.settings.handler.auth === undefined) return AUTH_UNAVAILABLE;
    if (!conversation.secure) return AUTH_NEEDS_TLS;
    if (conversation.session.hello === null) return HELLO_FIRST;
    if (conversation.session.user !== null) return AUTH_TWICE;
    if (conversation.transaction !== null) return NOT_IN_TRANSACTION;
    return mechanism === 'PLAIN' || mechanism === 'LOGIN' ? null : AUTH_UNKNOWN_MECHANISM;
  },
  proceed: (conversation, { mechanism, initialResponse }) =>
    mechanism === 'PLAIN' ? plain(conversation, initialResponse) : login(conversation, initialResponse),
};

const CHALLENGE = (text: string): Reply => reply(334, null, Buffer.from(text).toString('base64'));

function plain(conversation: Conversation, initial: Buffer | undefined): MaybePromise<Reply> {
  if (initial !== undefined) return checkPlain(conversation, initial);
  return ask(conversation, '', (response) => checkPlain(conversation, response));
}

/** `[authzid] NUL authcid NUL passwd` (RFC 4616 §2). Acting for somebody else is not offered. */
function checkPlain(conversation: Conversation, response: Buffer): MaybePromise<Reply> {
  const fields = isUtf8(response) ? response.toString('utf8').split('\0') : [];
  const [authzid, username, password] = fields;
  if (fields.length !== 3 || authzid === undefined || username === undefined || password === undefined)
    return AUTH_MALFORMED;
  if (authzid !== '' && authzid.toLowerCase() !== username.toLowerCase()) return fail(conversation, 'PLAIN');
  return verify(conversation, { mechanism: 'PLAIN', username, password });
}

function login(conversation: Conversation, initial: Buffer | undefined): MaybePromise<Reply> {
  const withName = (name: Buffer): Reply =>
    ask(conversation, 'Password:', (password) => {
      if (!isUtf8(name) || !isUtf8(password)) return AUTH_MALFORMED;
      return verify(conversation, { mechanism: 'LOGIN', username: name.toString(), password: password.toString() });
    });
  return initial !== undefined ? withName(initial) : ask(conversation, 'Username:', withName);
}

/** Sends a challenge and takes the next line as its answer; `*` cancels (RFC 4954 §4). */
function ask(conversation: Conversation, challenge: string, answer: (response: Buffer) => MaybePromise<Reply>): Reply {
  conversation.nextLine = (line) => {
    const text = line.toString('latin1');
    if (text === '*') return AUTH_CANCELLED;
    const response = text === '' ? Buffer.alloc(0) : decodeBase64(text);
    return response === null ? AUTH_MALFORMED : answer(response);
  };
  return CHALLENGE(challenge);
}

// eslint-disable-next-line no-control-regex
const CONTROL = /[\x00-\x1f\x7f-\x9f]/;

async function verify(conversation: Conversation, credentials: SmtpCredentials): Promise<Reply> {
  const { mechanism } = credentials;
  const username = credentials.username.normalize('NFC');
  if (username === '' || CONTROL.test(username) || username.length > 320 || credentials.password.length > 1024)
    return fail(conversation, mechanism);
  const { handler, meter } = conversation.settings;
  const found = await handler.auth?.(conversation.session, { ...credentials, username }).catch((error: unknown) => {
    meter?.auth(mechanism, 'error');
    throw error;
  });
  if (found === undefined || found === null) return fail(conversation, mechanism);
  if ('code' in found) {
    meter?.auth(mechanism, 'error');
    return found;
  }
  conversation.session.user = found.user;
  meter?.auth(mechanism, 'ok');
  return AUTH_OK;
}

function fail(conversation: Conversation, mechanism: SmtpCredentials['mechanism']): Reply {
  conversation.authFailures++;
  conversation.settings.meter?.auth(mechanism, 'refused');
  return AUTH_FAILED;
}
