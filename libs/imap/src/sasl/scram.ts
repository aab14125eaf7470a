import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { ImapBackend, ScramKeys } from '../backend.ts';
import {
  type ChannelBindings,
  isPlausible,
  type Mechanism,
  refused,
  type SaslExchange,
  type SaslStep,
} from './mechanism.ts';

const HEADER = /^(?<flag>n|y|p=(?<binding>[A-Za-z0-9.-]{1,64})),(?:a=(?<authzid>[^,]*))?,(?<bare>.*)$/s;
const BARE = /^n=(?<name>[^,]+),r=(?<nonce>[\x21-\x2b\x2d-\x7e]{1,256})(?:,.*)?$/s;
const FINAL =
  /^(?<unproved>c=(?<channel>[A-Za-z0-9+/=]+),r=(?<nonce>[\x21-\x2b\x2d-\x7e]+)(?:,[^,]+)*),p=(?<proof>[A-Za-z0-9+/=]+)$/s;
const MALFORMED: SaslStep = { kind: 'malformed', text: 'not a SCRAM message' };

/** What the client's first message said. */
interface First {
  readonly username: string;
  /** `p=…,,` and what the binding is, as `c=` must repeat it. */
  readonly channel: Buffer;
  readonly bare: string;
  readonly nonce: string;
}

/** RFC 5802 with SHA-256 (RFC 7677); `plus` binds it to the TLS connection (RFC 5802 §6, RFC 9266). */
function scram(name: string, plus: boolean): Mechanism {
  return {
    name,
    offered: (backend, bindings) => backend.scramKeys !== undefined && (!plus || hasBinding(bindings)),
    start: (backend, bindings) => exchange(backend, bindings, plus),
  };
}

function hasBinding(bindings: ChannelBindings | null): boolean {
  return bindings !== null && (bindings('tls-exporter') ?? bindings('tls-server-end-point')) !== null;
}

function exchange(backend: ImapBackend, bindings: ChannelBindings | null, plus: boolean): SaslExchange {
  let next: SaslExchange = async (response) => {
    const first = readFirst(response.toString('utf8'), bindings, plus);
    if (first === null) return MALFORMED;
    if (typeof first === 'string') return refused(first);
    const keys = await backend.scramKeys?.(first.username);
    if (!keys) return refused(first.username);
    const nonce = first.nonce + randomBytes(18).toString('base64');
    const challenge = `r=${nonce},s=${keys.salt.toString('base64')},i=${String(keys.iterations)}`;
    next = (final) => Promise.resolve(prove(final.toString('utf8')));
    const prove = (text: string): SaslStep => {
      const groups = FINAL.exec(text)?.groups;
      if (!groups) return MALFORMED;
      const authMessage = `${first.bare},${challenge},${groups['unproved'] ?? ''}`;
      const sameChannel = Buffer.from(groups['channel'] ?? '', 'base64').equals(first.channel);
      if (groups['nonce'] !== nonce || !sameChannel) return refused(first.username);
      if (!isProof(keys, authMessage, Buffer.from(groups['proof'] ?? '', 'base64'))) return refused(first.username);
      next = async (): Promise<SaslStep> => {
        const account = (await backend.scramAccount?.(first.username)) ?? null;
        return { kind: 'done', account, username: first.username };
      };
      const signature = createHmac('sha256', keys.serverKey).update(authMessage).digest('base64');
      return { kind: 'challenge', data: Buffer.from(`v=${signature}`) };
    };
    return { kind: 'challenge', data: Buffer.from(challenge) };
  };
  return (response) => next(response);
}

/** Null: malformed. A string: refused, it is the user's name. */
function readFirst(text: string, bindings: ChannelBindings | null, plus: boolean): First | string | null {
  const header = HEADER.exec(text)?.groups;
  const bare = header?.['bare'] ?? '';
  const fields = BARE.exec(bare)?.groups;
  const username = fields && decodeName(fields['name'] ?? '');
  if (!header || !fields || username === undefined || username === null || !isPlausible(username)) return null;
  const { binding, authzid } = header;
  const flag = header['flag'] ?? '';
  const gs2 = text.slice(0, text.length - bare.length);
  if (plus !== (binding !== undefined)) return username;
  // a client that could bind but thinks we cannot was lied to by somebody between us (RFC 5802 §6)
  if (flag === 'y' && hasBinding(bindings)) return username;
  if (authzid !== undefined && decodeName(authzid) !== username) return username;
  if (binding === undefined) return { username, channel: Buffer.from(gs2), bare, nonce: fields['nonce'] ?? '' };
  if (binding !== 'tls-exporter' && binding !== 'tls-server-end-point') return username;
  const material = bindings?.(binding);
  if (!material) return username;
  return { username, channel: Buffer.concat([Buffer.from(gs2), material]), bare, nonce: fields['nonce'] ?? '' };
}

/** saslname (RFC 5802 §5.1): `=2C` and `=3D`, nothing else. */
function decodeName(coded: string): string | null {
  if (/=(?!2C|3D)/.test(coded)) return null;
  return coded.replaceAll('=2C', ',').replaceAll('=3D', '=').normalize('NFC');
}

function isProof(keys: ScramKeys, authMessage: string, proof: Buffer): boolean {
  if (proof.length !== 32) return false;
  const signature = createHmac('sha256', keys.storedKey).update(authMessage).digest();
  const clientKey = Buffer.from(signature.map((octet, i) => octet ^ (proof[i] ?? 0)));
  return timingSafeEqual(createHash('sha256').update(clientKey).digest(), keys.storedKey);
}

export const scramSha256 = scram('SCRAM-SHA-256', false);
export const scramSha256Plus = scram('SCRAM-SHA-256-PLUS', true);
