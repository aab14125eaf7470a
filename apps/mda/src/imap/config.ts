import { readFile } from 'node:fs/promises';
import { withProxyPorts } from '@postroad/net';
import type { MdaConfig } from '../config.ts';
import { bearerVerifier, type BearerVerifier } from './bearer.ts';
import type { ImapConfig } from './types.ts';

/** Settings of the imap role, with the secret they name read from its file. */
export async function imapConfig(config: MdaConfig): Promise<ImapConfig> {
  const bearer = bearerOf(config);
  const adminSecret = config.adminSecretFile === '' ? '' : (await readFile(config.adminSecretFile, 'utf8')).trim();
  // a secret that can be guessed opens every mailbox
  if (config.adminSecretFile !== '' && adminSecret.length < 32)
    throw new Error(`the secret in ${config.adminSecretFile} has fewer than 32 characters`);
  return {
    listeners: withProxyPorts(config, [
      { port: config.imapPort, proxyPort: config.imapProxyPort },
      { port: config.imapsPort, proxyPort: config.imapsProxyPort, implicitTls: true },
    ]),
    connections: { total: config.maxConnections, perAddress: config.maxConnectionsPerAddress },
    proxyFrom: config.proxyFrom,
    literals: config.literals,
    limits: { append: config.maxMessageBytes },
    ...(adminSecret !== '' && { adminSecret }),
    ...(bearer && { bearer }),
  };
}

function bearerOf(config: MdaConfig): BearerVerifier | null {
  if (config.oauthIssuer === '') return null;
  if ((config.oauthJwksUri === '') === (config.oauthIntrospectionUri === ''))
    throw new Error('tokens are checked by keys (oauthJwksUri) or by asking (oauthIntrospectionUri): set one of them');
  return bearerVerifier({
    issuer: config.oauthIssuer,
    userClaim: config.oauthUserClaim,
    ...(config.oauthJwksUri !== '' && { jwksUri: config.oauthJwksUri }),
    ...(config.oauthIntrospectionUri !== '' && { introspectionUri: config.oauthIntrospectionUri }),
    ...(config.oauthClientId !== '' && { clientId: config.oauthClientId }),
    ...(config.oauthClientSecret !== undefined && { clientSecret: config.oauthClientSecret }),
    ...(config.oauthAudience !== '' && { audience: config.oauthAudience }),
    ...(config.oauthScope !== '' && { scope: config.oauthScope }),
  });
}
