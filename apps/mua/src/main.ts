/**
 * NAME      mua, the message user agent
 * SUMMARY   webmail: a person signs in, sees the inbox update by itself, reads, writes and sends
 * CONSUMES  a browser's HTTP on 80; IMAP and its IDLE from any mail server
 * PRODUCES  submissions over SMTP with the person's own password; drafts, copies and flags over IMAP
 * STANDARDS RFC 3501, 2177 (IDLE), 6154 (SPECIAL-USE), 6851 (MOVE), 6409, 5322, 6265; HTML server-sent events
 * SECURITY  passwords and sessions in memory only; cookies HttpOnly and SameSite=Strict; strict CSP with trusted types; messages
 *           sanitised and shown in a sandboxed frame that runs no script and loads nothing from elsewhere until asked
 */
import { runAgent } from '@postroad/config';
import { createLogger, Metrics, METRICS, serveHealth, Tracing } from '@postroad/telemetry';
import { muaConfig } from './config.ts';
import { mailServers } from './imap/servers.ts';
import { closeServer, createServer } from './server.ts';
import { SessionCookie } from './session/cookie.ts';
import { Sessions } from './session/sessions.ts';
import { UploadBudget } from './session/uploads.ts';
import type { User } from './session/user.ts';
import { DIST, ensureClient } from './web/build.ts';

const SWEEP_MS = 60_000;

await runAgent({
  definition: muaConfig,
  roles: ['web'],
  start: async (config) => {
    const logger = createLogger('mua', config.logLevel);
    const metrics = new Metrics();
    const tracing = new Tracing({
      service: 'postroad-mua',
      endpoint: config.otlpEndpoint,
      perSecond: config.tracesPerSecond,
    });
    let unready: string | null = 'starting';
    const health = await serveHealth({
      host: config.healthBind,
      port: config.healthPort,
      ready: () => unready,
      metrics,
    });
    const client = await ensureClient();
    const servers = mailServers(config);
    const sessions = new Sessions<User>({ close: (user) => user.close(), max: config.maxSessions });
    const app = await createServer(
      {
        servers,
        sessions,
        cookie: new SessionCookie(config.publicOrigin.startsWith('https:')),
        budget: new UploadBudget(config.uploadBudgetMiB * 1024 * 1024),
        logger,
        metrics,
        sending: { servers, hostname: config.hostname, tracing, logger },
        publicOrigin: config.publicOrigin,
      },
      { trustedProxies: config.trustedProxies, dist: DIST },
    );
    metrics.gauge(METRICS.sessions, { door: 'web' }, () => sessions.size);
    await app.listen({ host: config.bind, port: config.httpPort });
    const sweeper = setInterval(() => sessions.sweep(), SWEEP_MS);
    unready = null;
    logger.info({ port: config.httpPort, client }, 'mua is ready');
    return {
      drain: async (left) => {
        unready = 'draining';
        clearInterval(sweeper);
        // Event streams never end by themselves; requests that are being answered are finished.
        for (const user of sessions.values()) user.endStreams();
        await closeServer(app, left());
        sessions.endAll();
        await tracing.shutdown();
        await health.close();
      },
    };
  },
});
