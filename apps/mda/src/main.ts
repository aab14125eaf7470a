/**
 * NAME      mda, the message delivery agent
 * SUMMARY   files mail in mailboxes and serves them
 * CONSUMES  stream DELIVER; local records of QUEUE; content from SPOOL; LMTP on 24; IMAP on 143 (STARTTLS) and 993 (TLS); KV
 *           directory; the administrator's requests
 * PRODUCES  the mailbox store; change hints; QUEUE records for what must be tried again; notifications into SPOOL; events
 * STANDARDS RFC 9051, 3501 and the extensions of libs/imap/SPEC.md; 2033; 5321 §4.4; 3464
 * SECURITY  no login before TLS; alone opens the mailbox store
 */
import { bucketReadiness, consumerReadiness, endsWithin, openAgent } from '@postroad/bus';
import { runAgent } from '@postroad/config';
import { KvDirectory } from '@postroad/directory';
import { certificateExpiry, type CertificateInUse, TlsContexts } from '@postroad/net';
import { openSpool } from '@postroad/spool';
import { METRICS } from '@postroad/telemetry';
import { startAdmin } from './admin.ts';
import { mdaConfig } from './config.ts';
import { DELIVER_CONSUMER, startDeliver } from './deliver/role.ts';
import { busHints } from './hints.ts';
import { retentionRules, startHousekeeping } from './housekeeping.ts';
import { imapConfig } from './imap/config.ts';
import { startImap } from './imap/role.ts';
import { startLmtp } from './lmtp/role.ts';
import { openStore, storeReadiness, watchBacklog } from './store.ts';

/** For what was cut to notice. */
const CUT_MS = 1_000;
/** For the store to close: what was not committed then is delivered again. */
const STORE_MS = 1_000;

await runAgent({
  definition: mdaConfig,
  roles: ['deliver', 'lmtp', 'imap'],
  start: async (config, roles) => {
    const agent = await openAgent('mda', config);
    const { bus, logger, metrics, tracing } = agent;
    const directory = await KvDirectory.open(bus, { verifiers: true });
    const store = await openStore(config);
    const spool = await openSpool(bus, { monitors: config.natsMonitors });
    const hints = busHints(bus);
    const sqliteDirectory = config.store === 'sqlite' ? config.storeDir : null;
    const rules = { undeleteDays: config.undeleteDays, retention: retentionRules(config.retention) };
    const running: { drain(ms: number): Promise<void> }[] = [
      startHousekeeping({ store, hints, logger }, rules),
      startAdmin({ bus, store, directory, hints, logger, sqliteDirectory }),
    ];
    if (roles.has('deliver'))
      running.push(
        await startDeliver(
          { bus, spool, directory, store, hints, logger, tracing, metrics, events: agent.events.record },
          {
            hostname: config.hostname,
            instance: agent.instance,
            batch: config.deliverBatch,
            overQuota: config.overQuota,
          },
        ),
      );
    const inUse: (() => readonly CertificateInUse[])[] = [];
    metrics.gauges(METRICS.tlsExpiry, () => certificateExpiry(inUse.flatMap((read) => read())));
    const certificates = config.tlsCert.map((cert, i) => ({ cert, key: config.tlsKey[i] ?? '' }));
    if (roles.has('lmtp')) {
      const lmtp = await startLmtp(
        { store, directory, hints, logger, events: agent.events.record, metrics },
        {
          hostname: config.hostname,
          listeners: [{ host: config.bind, port: config.lmtpPort }],
          certificates,
          from: config.lmtpFrom,
          overQuota: config.overQuota,
          policy: { maxSize: config.maxMessageBytes },
          limits: { total: config.maxConnections, perAddress: config.maxConnectionsPerAddress },
        },
      );
      metrics.gauge(METRICS.sessions, { door: 'lmtp' }, () => lmtp.sessions);
      inUse.push(() => lmtp.certificates);
      running.push(lmtp);
    }
    if (roles.has('imap')) {
      const onError = (err: Error) => logger.error({ err }, 'certificates could not be reloaded; the old ones stay');
      const tls = await TlsContexts.load({ certificates, onError });
      const imap = await startImap({ store, directory, hints, logger, tls, metrics }, await imapConfig(config));
      metrics.gauge(METRICS.sessions, { door: 'imap' }, () => imap.sessions);
      inUse.push(() => tls.inUse);
      running.push(imap);
    }
    running.push(watchBacklog(store, metrics));
    agent.addReadiness(storeReadiness(store));
    if (roles.has('imap') || roles.has('lmtp')) agent.addReadiness(bucketReadiness(bus, 'directory'));
    if (roles.has('imap')) agent.addReadiness(bucketReadiness(bus, 'verifiers'));
    if (roles.has('deliver')) agent.addReadiness(consumerReadiness(bus, 'DELIVER', DELIVER_CONSUMER));
    logger.info({ roles: [...roles] }, 'mda is ready');
    agent.ready();
    return {
      drain: async (left) => {
        agent.unready();
        await Promise.all(running.map((role) => endsWithin(role.drain(left()), left() + CUT_MS)));
        spool.close();
        directory.close();
        await endsWithin(store.close(), STORE_MS);
        await agent.close();
      },
    };
  },
});
