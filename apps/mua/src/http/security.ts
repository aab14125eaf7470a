import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ApiError } from './api-error.ts';

const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "connect-src 'self'",
  "frame-src 'self'",
  "manifest-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  'trusted-types dompurify',
].join('; ');

const HEADERS = {
  'content-security-policy': PAGE_POLICY,
  'x-frame-options': 'DENY',
  'x-content-type-options': 'nosniff',
  // Not no-referrer: that would take the Origin away by which our own pages are known.
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=(), payment=(), usb=(), interest-cohort=()',
};

/** Headers of every answer; a route that set one of its own keeps it. */
export function registerSecurityHeaders(app: FastifyInstance, publicOrigin: string): void {
  const https = publicOrigin.startsWith('https:');
  app.addHook('onSend', async (_request, reply) => {
    for (const [name, value] of Object.entries(HEADERS)) if (!reply.hasHeader(name)) reply.header(name, value);
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
    if (https) reply.header('strict-transport-security', 'max-age=31536000');
  });
}

/** The part of a request that tells whose page made it. */
export type Provenance = Pick<FastifyRequest, 'method' | 'headers'>;

/**
 * Refuses what another site's page could make a browser send: anything but reading needs our header (which a foreign page
 * may not set without asking first) and, where the browser names the origin, ours.
 */
export function checkProvenance({ method, headers }: Provenance, publicOrigin: string): void {
  if (method === 'GET' || method === 'HEAD') return;
  const { origin, host } = headers;
  const refuse = () => new ApiError(403, 'FOREIGN_ORIGIN', 'This request did not come from the webmail itself.');
  if (headers['x-postroad'] !== '1') throw refuse();
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin') throw refuse();
  if (origin === undefined) return;
  const own = publicOrigin === '' ? host : new URL(publicOrigin).host;
  if (!URL.canParse(origin) || new URL(origin).host !== own) throw refuse();
}
