import { readFileSync } from 'node:fs';
import { rootCertificates } from 'node:tls';
import type { ConfigOf } from '@postroad/config';
import type { muaConfig } from '../config.ts';

/** Where mail is read and given away, and whom to trust. */
export interface MailServers {
  readonly imap: { readonly host: string; readonly port: number };
  readonly smtp: { readonly host: string; readonly port: number };
  readonly tls: { readonly ca?: string[]; readonly servername?: string; readonly minVersion: 'TLSv1.2' };
}

/** @throws when the file of `tlsCa` cannot be read */
export function mailServers(config: ConfigOf<typeof muaConfig>): MailServers {
  return {
    imap: { host: config.imapHost, port: config.imapPort },
    smtp: { host: config.smtpHost, port: config.smtpPort },
    tls: {
      minVersion: 'TLSv1.2',
      ...(config.tlsCa === '' ? {} : { ca: [...rootCertificates, readFileSync(config.tlsCa, 'utf8')] }),
      ...(config.tlsServername === '' ? {} : { servername: config.tlsServername }),
    },
  };
}

export interface Credentials {
  readonly address: string;
  readonly password: string;
}
