import type { DirectoryReader } from '@postroad/directory';
import type { BearerVerifier } from './bearer.ts';
import type { ImapLimits } from '@postroad/imap';
import type { MailStore } from '@postroad/mailstore';
import type { Metrics } from '@postroad/telemetry';
import type { ConnectionLimitOptions, NetLogger, ProxyUse, TlsContexts } from '@postroad/net';

/** Change hints between sessions (DESIGN §3.6): they may be lost, and they may be false. Truth is MODSEQ in the store. */
export interface ChangeHints {
  /** Something of this account may have changed. Never throws, never waits. */
  publish(accountId: string): void;
  /** Calls back at each hint for the account; returns what ends it. */
  subscribe(accountId: string, callback: () => void): () => void;
}

/** What one account's view of the store needs. */
export type StoreAccountDeps = Pick<ImapDependencies, 'store' | 'directory' | 'hints'>;

export interface ImapDependencies {
  readonly store: MailStore;
  readonly directory: Pick<
    DirectoryReader,
    'authenticate' | 'account' | 'accountNamed' | 'scramKeys' | 'resolve' | 'onRevoked'
  >;
  readonly hints: ChangeHints;
  readonly logger: NetLogger;
  /** Certificates of both listeners; they reload by themselves. */
  readonly tls: TlsContexts;
  readonly metrics?: Metrics | undefined;
}

export interface ImapListenerConfig {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** TLS from the first octet (993); otherwise STARTTLS is offered (143). */
  readonly implicitTls: boolean;
  readonly proxy?: ProxyUse;
}

export interface ImapConfig {
  readonly listeners: readonly ImapListenerConfig[];
  readonly limits?: Partial<ImapLimits>;
  /** LITERAL+ or LITERAL- (RFC 7888). Default `plus`. */
  readonly literals?: 'plus' | 'minus';
  /** Whoever knows it may act for any account. */
  readonly adminSecret?: string;
  /** Checks tokens of OAUTHBEARER and XOAUTH2, which are not offered without it. */
  readonly bearer?: BearerVerifier;
  readonly connections?: Partial<ConnectionLimitOptions>;
  /** Addresses and CIDR blocks of proxies that send a PROXY header. */
  readonly proxyFrom?: readonly string[];
  /** ms a client may leave our octets unread. Default 5 minutes. */
  readonly writeTimeout?: number;
  /** ms that sessions get at a drain to finish their command, unless it says so itself. Default 10 seconds. */
  readonly drainTimeout?: number;
}

export interface ImapRole {
  /** Addresses in the order of `config.listeners`. */
  readonly addresses: readonly { readonly host: string; readonly port: number; readonly implicitTls: boolean }[];
  /** Sessions open now. */
  readonly sessions: number;
  /** Stops listening, lets each session finish its command, says BYE; cuts after `ms` those whose command takes longer. */
  drain(ms?: number): Promise<void>;
}
