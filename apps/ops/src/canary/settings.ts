import { readFileSync } from 'node:fs';
import { rootCertificates } from 'node:tls';
import type { ConfigOf } from '@postroad/config';
import type { opsConfig } from '../config.ts';

/** An account that writes to itself, and where. */
export interface CanarySettings {
  readonly address: string;
  readonly password: string;
  readonly submission: { readonly host: string; readonly port: number };
  readonly imap: { readonly host: string; readonly port: number };
  /** STARTTLS, which must be offered, instead of TLS from the start. */
  readonly startTls: boolean;
  readonly tls: { readonly ca?: string[]; readonly servername?: string; readonly minVersion: 'TLSv1.2' };
  /** ms from the beginning of one to that of the next. */
  readonly everyMs: number;
}

const wrong = (text: string) => Object.assign(new Error(text), { code: 'CONFIG_INVALID' });

/**
 * Null: there is no canary.
 * @throws Error with code CONFIG_INVALID for what cannot be used, and when the file of `canaryTlsCa` cannot be read
 */
export function canarySettings(config: ConfigOf<typeof opsConfig>): CanarySettings | null {
  if (config.canaryAddress === '') return null;
  if (config.canaryPassword === undefined)
    throw wrong('canaryAddress is set, but canaryPassword is not: the canary signs in as this account');
  return {
    address: config.canaryAddress,
    password: config.canaryPassword,
    submission: placeOf('canarySubmission', config.canarySubmission),
    imap: placeOf('canaryImap', config.canaryImap),
    startTls: config.canaryStartTls,
    tls: {
      minVersion: 'TLSv1.2',
      ...(config.canaryTlsCa === '' ? {} : { ca: [...rootCertificates, readFileSync(config.canaryTlsCa, 'utf8')] }),
      ...(config.canaryTlsServername === '' ? {} : { servername: config.canaryTlsServername }),
    },
    everyMs: config.canarySeconds * 1_000,
  };
}

function placeOf(name: string, text: string): { host: string; port: number } {
  const [, host = '', port = ''] = /^(.+):(\d{1,5})$/.exec(text) ?? [];
  if (host === '' || Number(port) < 1 || Number(port) > 65_535) throw wrong(`${name} is ${text}: say it like host:993`);
  return { host: host.replace(/^\[(.*)\]$/, '$1'), port: Number(port) };
}
