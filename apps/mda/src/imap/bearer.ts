import { createHash } from 'node:crypto';
import { createRemoteJWKSet, customFetch, jwtVerify, type JWTPayload } from 'jose';

/** Who issues tokens, and how they are checked: by the issuer's keys (JWKS), or by asking it (RFC 7662). */
export interface BearerOptions {
  readonly issuer: string;
  /** Where the issuer's keys are (RFC 7517); tokens are JWTs then (RFC 9068). */
  readonly jwksUri?: string;
  readonly introspectionUri?: string;
  readonly clientId?: string;
  readonly clientSecret?: string;
  /** What `aud` must hold. */
  readonly audience?: string;
  /** A scope every token must have. */
  readonly scope?: string;
  /** The claim that holds the user's address. Default `email`. */
  readonly userClaim?: string;
}

export interface BearerVerifier {
  /** The user's address; null for a token that is not valid. Rejects with UNAVAILABLE when the issuer cannot be asked. */
  verify(token: string): Promise<string | null>;
  readonly configuration: { readonly scope?: string; readonly openidConfiguration?: string };
}

const TIMEOUT = 5000;
const MAX_RESPONSE = 64 << 10;
/** How long an answer of the introspection endpoint is believed, in ms: a token revoked lives so long at most. */
const BELIEVED = 60_000;
const MAX_KNOWN = 10_000;

export function bearerVerifier(options: BearerOptions): BearerVerifier {
  const claims = options.jwksUri !== undefined ? byKeys(options, options.jwksUri) : byQuestion(options);
  return {
    configuration: {
      ...(options.scope !== undefined && { scope: options.scope }),
      openidConfiguration: new URL('.well-known/openid-configuration', `${options.issuer.replace(/\/$/, '')}/`).href,
    },
    async verify(token) {
      const payload = await claims(token);
      if (payload === null || !hasScope(payload, options.scope)) return null;
      const user = payload[options.userClaim ?? 'email'];
      return typeof user === 'string' && user !== '' && user.length <= 320 ? user : null;
    },
  };
}

function hasScope({ scope }: JWTPayload, wanted: string | undefined): boolean {
  return wanted === undefined || (typeof scope === 'string' && scope.split(' ').includes(wanted));
}

/** Errors of `jose` that say the token is bad; all others are about reaching the issuer. */
const ABOUT_THE_TOKEN = /^ERR_(?:JWT|JWS|JOSE_ALG|JOSE_NOT_SUPPORTED|JWKS_NO_MATCHING|JWKS_MULTIPLE)/;

function byKeys({ issuer, audience }: BearerOptions, jwksUri: string): (token: string) => Promise<JWTPayload | null> {
  const keys = createRemoteJWKSet(new URL(jwksUri), {
    timeoutDuration: TIMEOUT,
    cooldownDuration: 5000,
    [customFetch]: (url: string, init: RequestInit) => fetch(url, { ...init, redirect: 'error' }),
  });
  return async (token) => {
    try {
      // never `none`, never a shared secret: only signatures that the issuer alone can make
      const algorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];
      const { payload } = await jwtVerify(token, keys, {
        issuer,
        algorithms,
        requiredClaims: ['exp'],
        clockTolerance: 30,
        ...(audience !== undefined && { audience }),
      });
      return payload;
    } catch (error) {
      if (ABOUT_THE_TOKEN.test(String((error as { code?: unknown }).code))) return null;
      throw unavailable(error);
    }
  };
}

function byQuestion(options: BearerOptions): (token: string) => Promise<JWTPayload | null> {
  const known = new Map<string, { readonly payload: JWTPayload; readonly until: number }>();
  return async (token) => {
    const key = createHash('sha256').update(token).digest('base64');
    const found = known.get(key);
    if (found && found.until > Date.now()) return found.payload;
    const payload = await introspect(options, token);
    if (payload === null) return null;
    if (known.size >= MAX_KNOWN) known.clear();
    const ends = typeof payload.exp === 'number' ? payload.exp * 1000 : Infinity;
    known.set(key, { payload, until: Math.min(ends, Date.now() + BELIEVED) });
    return payload;
  };
}

/** RFC 7662 §2. */
async function introspect(options: BearerOptions, token: string): Promise<JWTPayload | null> {
  const { introspectionUri, clientId, clientSecret, issuer, audience } = options;
  if (introspectionUri === undefined) throw new Error('neither keys nor an introspection endpoint are configured');
  let text: string;
  try {
    const basic = Buffer.from(`${encodeURIComponent(clientId ?? '')}:${encodeURIComponent(clientSecret ?? '')}`);
    const response = await fetch(introspectionUri, {
      method: 'POST',
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT),
      headers: {
        accept: 'application/json',
        ...(clientId !== undefined && { authorization: `Basic ${basic.toString('base64')}` }),
      },
      body: new URLSearchParams({ token, token_type_hint: 'access_token' }),
    });
    if (!response.ok) throw new Error(`the issuer answered ${String(response.status)}`);
    text = await boundedText(response);
  } catch (error) {
    throw unavailable(error);
  }
  const payload = parse(text);
  if (payload === null) throw unavailable(new Error('the issuer answered no JSON object'));
  const { active, exp, iss, aud } = payload;
  if (active !== true || (typeof exp === 'number' && exp * 1000 <= Date.now())) return null;
  if (iss !== undefined && iss !== issuer) return null;
  return audience === undefined || [aud].flat().includes(audience) ? payload : null;
}

async function boundedText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > MAX_RESPONSE) throw new Error('the issuer answered too much');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parse(text: string): (JWTPayload & { active?: unknown }) | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JWTPayload) : null;
  } catch {
    return null;
  }
}

function unavailable(cause: unknown): Error {
  return Object.assign(new Error('the issuer of tokens cannot be asked', { cause }), { code: 'UNAVAILABLE' });
}
