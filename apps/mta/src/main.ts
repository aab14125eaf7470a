/**
 * NAME      mta, the message transfer agent
 * SUMMARY   receives from the world, routes, relays, and removes what is finished
 * CONSUMES  SMTP on 25; SPOOL heads; QUEUE records; KV directory, leases
 * PRODUCES  SPOOL (mail from the world, notifications); DELIVER; QUEUE; SMTP to the world; events
 * STANDARDS RFC 5321, 7505, 3207, 3461, 3464
 * SECURITY  no relay for strangers, whatever their network; bare LF refused; one lease a shard and source pool
 */
import { bucketReadiness, consumerReadiness, openAgent } from '@postroad/bus';
import { runAgent } from '@postroad/config';
import { KvDirectory } from '@postroad/directory';
import { certificateExpiry, withProxyPorts } from '@postroad/net';
import { openSpool } from '@postroad/spool';
import { METRICS } from '@postroad/telemetry';
import { mtaConfig } from './config.ts';
import { startFinisher } from './finisher/finisher.ts';
import { startMx } from './mx/role.ts';
import { relayConfig } from './relay-config.ts';
import { startRelay } from './relay/index.ts';
import { ROUTER_CONSUMER, startRouter } from './router/role.ts';

interface Draining {
  drain(ms: number): Promise<void>;
}

await runAgent({
  definition: mtaConfig,
  roles: ['mx', 'router', 'relay', 'finisher'],
  start: async (config, roles) => {
    const agent = await openAgent('mta', config);
    const { bus, logger, metrics, tracing } = agent;
    const events = agent.events.record;
    const { hostname } = config;
    const directory = await KvDirectory.open(bus, { verifiers: false });
    const spool = await openSpool(bus, { monitors: config.natsMonitors });
    metrics.gauge(METRICS.spoolHeld, {}, () => spool.usedBytes);
    const doors: Draining[] = [];
    const running: Draining[] = [];
    if (roles.has('mx')) {
      const mx = await startMx(
        { spool, directory, logger, tracing, events, metrics },
        {
          hostname,
          listeners: withProxyPorts(config, [{ port: config.mxPort, proxyPort: config.mxProxyPort }]),
          certificates: config.tlsCert.map((cert, i) => ({ cert, key: config.tlsKey[i] ?? '' })),
          proxyFrom: config.proxyFrom,
          ...(config.postmasterDomain === '' ? {} : { postmasterDomain: config.postmasterDomain }),
          policy: { maxSize: config.maxMessageBytes },
          limits: { total: config.maxConnections, perAddress: config.maxConnectionsPerAddress },
        },
      );
      metrics.gauge(METRICS.sessions, { door: 'mx' }, () => mx.sessions);
      metrics.gauges(METRICS.tlsExpiry, () => certificateExpiry(mx.certificates));
      metrics.gauge(METRICS.spoolAdmits, {}, () => (spool.admits() ? 1 : 0));
      doors.push(mx);
    }
    const services = { bus, spool, directory, logger, tracing, events, metrics };
    if (roles.has('mx') || roles.has('router')) agent.addReadiness(bucketReadiness(bus, 'directory'));
    if (roles.has('router')) {
      doors.push(
        await startRouter(services, { hostname, lifetimeMs: config.queueLifetimeMs, pools: config.relayPools }),
      );
      agent.addReadiness(consumerReadiness(bus, 'SPOOL', ROUTER_CONSUMER));
    }
    if (roles.has('relay')) {
      const relay = await startRelay(services, relayConfig(config, agent.instance));
      running.push(relay);
      agent.addReadiness(() => relay.trouble());
    }
    if (roles.has('finisher')) running.push(startFinisher({ bus, logger, metrics }, { instance: agent.instance }));
    logger.info({ roles: [...roles] }, 'mta is ready');
    agent.ready();
    return {
      drain: async (left) => {
        agent.unready();
        const rest = running.map((role) => role.drain(left()));
        // The mx first: what it still accepts must find a router, here or elsewhere.
        for (const door of doors) await door.drain(left());
        await Promise.all(rest);
        spool.close();
        directory.close();
        await agent.close();
      },
    };
  },
});
