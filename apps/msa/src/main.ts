/**
 * NAME      msa, the message submission agent
 * SUMMARY   takes mail from authenticated users, checks and repairs it, spools it, answers 250
 * CONSUMES  SMTP on 587 (STARTTLS) and 465 (TLS); KV directory, verifiers
 * PRODUCES  stream SPOOL (one head per message), events
 * STANDARDS RFC 6409, 5321, 4954, 8314, 3461, 6531
 * SECURITY  AUTH only under TLS; one From that the account may use; no password in a log
 */
import { bucketReadiness, openAgent } from '@postroad/bus';
import { runAgent } from '@postroad/config';
import { KvDirectory } from '@postroad/directory';
import { certificateExpiry, withProxyPorts } from '@postroad/net';
import { openSpool } from '@postroad/spool';
import { METRICS } from '@postroad/telemetry';
import { msaConfig } from './config.ts';
import { startSubmission } from './role.ts';

await runAgent({
  definition: msaConfig,
  roles: ['smtp'],
  start: async (config) => {
    const agent = await openAgent('msa', config);
    const directory = await KvDirectory.open(agent.bus, { verifiers: true });
    const spool = await openSpool(agent.bus, { monitors: config.natsMonitors });
    const doors = await startSubmission(
      {
        spool,
        directory,
        logger: agent.logger,
        tracing: agent.tracing,
        events: agent.events.record,
        metrics: agent.metrics,
      },
      {
        hostname: config.hostname,
        listeners: withProxyPorts(config, [
          { port: config.submissionPort, proxyPort: config.submissionProxyPort },
          { port: config.submissionsPort, proxyPort: config.submissionsProxyPort, implicitTls: true },
        ]),
        certificates: config.tlsCert.map((cert, i) => ({ cert, key: config.tlsKey[i] ?? '' })),
        proxyFrom: config.proxyFrom,
        policy: { maxSize: config.maxMessageBytes },
        limits: { total: config.maxConnections, perAddress: config.maxConnectionsPerAddress },
      },
    );
    agent.metrics.gauge(METRICS.sessions, { door: 'submission' }, () => doors.sessions);
    agent.metrics.gauge(METRICS.spoolHeld, {}, () => spool.usedBytes);
    agent.metrics.gauges(METRICS.tlsExpiry, () => certificateExpiry(doors.certificates));
    agent.metrics.gauge(METRICS.spoolAdmits, {}, () => (spool.admits() ? 1 : 0));
    for (const bucket of ['directory', 'verifiers'] as const) agent.addReadiness(bucketReadiness(agent.bus, bucket));
    agent.logger.info({ listening: doors.addresses }, 'msa is ready');
    agent.ready();
    return {
      drain: async (left) => {
        agent.unready();
        await doors.drain(left());
        spool.close();
        directory.close();
        await agent.close();
      },
    };
  },
});
