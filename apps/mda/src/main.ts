/**
 * NAME      mda, the message delivery agent
 * SUMMARY   files mail in mailboxes and serves them
 * CONSUMES  stream DELIVER; local records of QUEUE; content from SPOOL; IMAP on 143 (STARTTLS) and 993 (TLS); KV directory
 * PRODUCES  the mailbox store; change hints; QUEUE records for what must be tried again; notifications into SPOOL; events
 * STANDARDS RFC 3501, 9051, 5321 §4.4, 3464
 * SECURITY  no login before TLS; alone opens the sqlite store
 */
import { openAgent } from '@postroad/bus';
import { runAgent } from '@postroad/config';
import { KvDirectory } from '@postroad/directory';
import { openSqliteStore } from '@postroad/mailstore';
import { TlsContexts } from '@postroad/net';
import { openSpool } from '@postroad/spool';
import { mdaConfig } from './config.ts';
import { startDeliver } from './deliver/role.ts';
import { busHints } from './hints.ts';
import { startImap } from './imap/role.ts';
import { startHousekeeping } from './housekeeping.ts';

await runAgent({
  definition: mdaConfig,
  roles: ['deliver', 'imap'],
  start: async (config, roles) => {
    const agent = await openAgent('mda', config);
    const { bus, logger, metrics, tracing } = agent;
    const directory = await KvDirectory.open(bus, { verifiers: true });
    const store = await openSqliteStore({ directory: config.storeDir });
    const spool = await openSpool(bus, { monitors: config.natsMonitors });
    const hints = busHints(bus);
    const running: { drain(): Promise<void> }[] = [startHousekeeping(store, logger)];
    if (roles.has('deliver'))
      running.push(
        await startDeliver(
          { bus, spool, directory, store, hints, logger, tracing, metrics, events: agent.events.record },
          { hostname: config.hostname, instance: agent.instance, batch: config.deliverBatch },
        ),
      );
    if (roles.has('imap')) {
      const certificates = config.tlsCert.map((cert, i) => ({ cert, key: config.tlsKey[i] ?? '' }));
      const onError = (err: Error) => logger.error({ err }, 'certificates could not be reloaded; the old ones stay');
      const imap = await startImap(
        { store, directory, hints, logger, tls: await TlsContexts.load({ certificates, onError }) },
        {
          listeners: [
            { host: config.bind, port: config.imapPort, implicitTls: false },
            { host: config.bind, port: config.imapsPort, implicitTls: true },
          ],
          connections: { total: config.maxConnections, perAddress: config.maxConnectionsPerAddress },
          proxyFrom: config.proxyFrom,
        },
      );
      metrics.gauge('postroad_sessions', 'Sessions open now.', () => imap.sessions, { door: 'imap' });
      running.push(imap);
    }
    logger.info({ roles: [...roles] }, 'mda is ready');
    return {
      drain: async () => {
        agent.unready();
        await Promise.all(running.map((role) => role.drain()));
        spool.close();
        directory.close();
        await store.close();
        await agent.close();
      },
    };
  },
});
