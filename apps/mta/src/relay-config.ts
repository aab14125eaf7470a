import { type ConfigOf, ConfigError } from '@postroad/config';
import type { mtaConfig } from './config.ts';
import type { RelayConfig } from './relay/index.ts';

/** `host:port` or `[v6]:port`. @throws ConfigError */
function hostAndPort(setting: string, text: string): { host: string; port: number } {
  const match = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port < 1 || port > 65_535)
    throw new ConfigError(`${setting}: ${JSON.stringify(text)} is not host:port`);
  return { host: match[1] ?? match[2] ?? '', port };
}

/** The relay's settings from the agent's. */
export function relayConfig(config: ConfigOf<typeof mtaConfig>, instance: string): RelayConfig {
  const hosts = Object.fromEntries(
    Object.entries(config.relayHosts).map(([domain, hop]) => [domain.toLowerCase(), [hostAndPort('relayHosts', hop)]]),
  );
  if (config.relayBindAddress.includes(':') && !config.relayIpv6)
    throw new ConfigError(
      'relayBindAddress is an IPv6 address: set relayIpv6 to true, or nothing can be reached from it',
    );
  return {
    hostname: config.hostname,
    pool: config.relayPool,
    instance,
    port: config.relayPort,
    ipv6: config.relayIpv6,
    ...(config.relayBindAddress === '' ? {} : { sourceAddress: config.relayBindAddress }),
    hosts,
    maxConnections: config.relayConnections,
    maxPerDestination: config.relayConnectionsPerDestination,
    retryFirst: config.retryFirstMs,
    retryLongest: config.retryLongestMs,
    unreachableFirst: config.unreachableFirstMs,
    delayNotice: config.delayNoticeMs,
    lifetime: config.queueLifetimeMs,
    // What an operator names by hand may stand on this machine; what DNS says may not.
    allowLoopback: config.relayAllowLoopback || config.smartHost !== '' || Object.keys(hosts).length > 0,
    ...(config.smartHost === '' ? {} : { smartHost: hostAndPort('smartHost', config.smartHost) }),
    ...(config.dnsServers.length === 0 ? {} : { resolver: config.dnsServers }),
  };
}
