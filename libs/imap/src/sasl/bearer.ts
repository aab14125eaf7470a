import type { ImapBackend } from '../backend.ts';
import { type Mechanism, refused, type SaslExchange, type SaslStep } from './mechanism.ts';

const TOKEN = /^Bearer ([A-Za-z0-9._~+/-]{1,8192}=*)$/i;

interface Request {
  readonly username: string;
  readonly token: string | null;
}

/** Both mechanisms alike: a token that is not valid is explained in a challenge, which the client must answer before it is refused. */
function bearer(read: (text: string) => Request | null, explain: (backend: ImapBackend) => object): Mechanism['start'] {
  return (backend) => {
    let failed: string | null = null;
    const exchange: SaslExchange = async (response): Promise<SaslStep> => {
      if (failed !== null) return refused(failed);
      const request = read(response.toString('utf8'));
      if (!request) return { kind: 'malformed', text: 'not a bearer response' };
      const { username, token } = request;
      const account = token === null ? null : ((await backend.bearer?.(username, token)) ?? null);
      if (account) return { kind: 'done', account, username };
      failed = username;
      return { kind: 'challenge', data: Buffer.from(JSON.stringify(explain(backend))) };
    };
    return exchange;
  };
}

const offered = (backend: ImapBackend): boolean => backend.bearer !== undefined;

/** `key=value` pairs between ^A. */
function pairs(text: string): Map<string, string> | null {
  // eslint-disable-next-line no-control-regex
  if (!/\x01\x01$/.test(text)) return null;
  const fields = new Map<string, string>();
  for (const field of text.slice(0, -2).split('\x01')) {
    const at = field.indexOf('=');
    if (at > 0) fields.set(field.slice(0, at).toLowerCase(), field.slice(at + 1));
  }
  return fields;
}

const tokenIn = (value: string | undefined): string | null => TOKEN.exec(value ?? '')?.[1] ?? null;

/** RFC 7628 §3.1: `n,a=user,^Ahost=…^Aport=…^Aauth=Bearer token^A^A`. */
export const oauthBearer: Mechanism = {
  name: 'OAUTHBEARER',
  offered,
  start: bearer(
    (text) => {
      // eslint-disable-next-line no-control-regex
      const header = /^[ny],(?:a=([^,]{1,1024}))?,\x01/.exec(text);
      const fields = header && pairs(text.slice(header[0].length));
      if (!fields) return null;
      const username = (header[1] ?? '').replaceAll('=2C', ',').replaceAll('=3D', '=');
      return { username, token: tokenIn(fields.get('auth')) };
    },
    ({ bearerConfiguration: known }) => ({
      status: 'invalid_token',
      ...(known?.scope !== undefined && { scope: known.scope }),
      ...(known?.openidConfiguration !== undefined && { 'openid-configuration': known.openidConfiguration }),
    }),
  ),
};

/** The older form some providers made: `user=…^Aauth=Bearer token^A^A`. */
export const xoauth2: Mechanism = {
  name: 'XOAUTH2',
  offered,
  start: bearer(
    (text) => {
      const fields = pairs(text);
      const username = fields?.get('user');
      if (!fields || username === undefined || username.length > 1024) return null;
      return { username, token: tokenIn(fields.get('auth')) };
    },
    ({ bearerConfiguration: known }) => ({ status: '401', schemes: 'bearer', scope: known?.scope ?? '' }),
  ),
};
