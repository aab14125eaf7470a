import type { ConnectionOptions } from 'node:tls';
import { DEFAULT_POOL } from '@postroad/bus';

/** Where every message goes instead of the destination's own hosts. */
interface SmartHost {
  /** Name (resolved by the system, so `/etc/hosts` and service names count) or IP address. */
  readonly host: string;
  readonly port: number;
  /** Credentials; they are sent under TLS only. */
  readonly user?: string;
  readonly pass?: string;
  /** `required`: encrypted and with a valid certificate. Default `opportunistic`. */
  readonly tls?: 'opportunistic' | 'required' | 'none';
}

/** Milliseconds; the defaults are those of RFC 5321 §4.5.3.2. */
export interface RelayTimeouts {
  /** One address: TCP handshake. */
  readonly connect: number;
  /** From the TCP connection to the end of EHLO (and STARTTLS). */
  readonly greeting: number;
  /** A reply to MAIL, RCPT and (pipelined) DATA. */
  readonly command: number;
  /** One block of content. */
  readonly dataBlock: number;
  /** The reply to the final dot. */
  readonly finalDot: number;
  /** A whole transaction, whatever trickles. */
  readonly transaction: number;
  /** How long a connection without work stays open. */
  readonly idle: number;
}

export interface RelayConfig {
  /** Source pool: the records it sends, and the relays it shares them with. Default `default`. */
  readonly pool?: string;
  /** EHLO name, A-labels; also Reporting-MTA, and what "ourselves" means in an MX list. */
  readonly hostname: string;
  readonly smartHost?: SmartHost;
  /** Name servers (`address` or `address:port`); absent: the system's. */
  readonly resolver?: readonly string[];
  /** Port of MX hosts. Default 25. */
  readonly port?: number;
  /** Destinations that are not looked up (development, tests, fixed routes). */
  readonly hosts?: Readonly<Record<string, readonly { readonly host: string; readonly port: number }[]>>;
  /** Connections of this process; a destination's first one may exceed it (DESIGN §1.4). Default 100. */
  readonly maxConnections?: number;
  /** Connections to one destination, and to one host. Default 20. */
  readonly maxPerDestination?: number;
  /** Messages on one connection. Default 100. */
  readonly messagesPerConnection?: number;
  /** Milliseconds before the first retry, and the longest wait. Default 5 min (less up to a half, at random) and 4 h. */
  readonly retryFirst?: number;
  readonly retryLongest?: number;
  /** Milliseconds for which a destination that cannot be reached is left alone; doubles. Default 1 min, longest 1 h. */
  readonly unreachableFirst?: number;
  readonly unreachableLongest?: number;
  /** Milliseconds after which the sender is told of a delay. Default 4 h. */
  readonly delayNotice?: number;
  /** Milliseconds after which a message is given up, where only its age is known. Default 5 days. */
  readonly lifetime?: number;
  readonly timeouts?: Partial<RelayTimeouts>;
  /** Whether loopback and unspecified addresses may be connected to. Default false. */
  readonly allowLoopback?: boolean;
  /** Local address of outgoing connections. */
  readonly sourceAddress?: string;
  /** Whether addresses of IPv6 are looked up and tried. Default true. */
  readonly ipv6?: boolean;
  /** Name of this process in leases, that no other living one has. Default: a random one. */
  readonly instance?: string;
  /** Milliseconds of a shard's lease. Default 10 s. */
  readonly leaseTtl?: number;
  /** Further TLS options (a private CA). */
  readonly tlsOptions?: ConnectionOptions;
}

const MINUTE = 60_000;

export const DEFAULT_TIMEOUTS: RelayTimeouts = {
  connect: 30_000,
  greeting: 5 * MINUTE,
  command: 5 * MINUTE,
  dataBlock: 3 * MINUTE,
  finalDot: 10 * MINUTE,
  transaction: 60 * MINUTE,
  idle: 2_000,
};

type Optional = 'instance' | 'smartHost' | 'resolver' | 'sourceAddress' | 'tlsOptions';

/** The configuration with every default filled in. */
export type RelaySettings = Required<Omit<RelayConfig, Optional | 'timeouts'>> &
  Pick<RelayConfig, Optional> & { readonly timeouts: RelayTimeouts };

export function withDefaults(config: RelayConfig): RelaySettings {
  return {
    pool: DEFAULT_POOL,
    port: 25,
    hosts: {},
    maxConnections: 100,
    maxPerDestination: 20,
    messagesPerConnection: 100,
    retryFirst: 5 * MINUTE,
    retryLongest: 240 * MINUTE,
    unreachableFirst: MINUTE,
    unreachableLongest: 60 * MINUTE,
    delayNotice: 240 * MINUTE,
    lifetime: 5 * 1440 * MINUTE,
    allowLoopback: false,
    ipv6: true,
    leaseTtl: 10_000,
    ...config,
    timeouts: { ...DEFAULT_TIMEOUTS, ...config.timeouts },
  };
}
