/**
 * NAME      ops, operations
 * SUMMARY   keeps the story of each message, and lets the postmaster see and change things
 * CONSUMES  stream EVENTS (durable consumer `ops`); OTLP/HTTP JSON spans on a port of its own; HTTP on 90; QUEUE and SPOOL, read
 * PRODUCES  a bounded store of events and spans; changes of KV directory and verifiers; QUEUE states by an operator's act;
 *           notifications of cancelled mail into SPOOL; metrics of the broker; a canary over SMTP and IMAP, when it is told to
 * STANDARDS OTLP 1.x (HTTP/JSON), W3C Trace Context, OpenAPI 3.1, RFC 6750, RFC 3464
 * SECURITY  API and console only with the token (file, mode 0600); cookies SameSite=Strict and HttpOnly; strict CSP; spans only
 *           from loopback; stores addresses and Message-IDs, never a subject, body or secret
 */
import { constants, setPriority } from 'node:os';
import { openAgent, provisionBuckets, provisionStreams } from '@postroad/bus';
import { runAgent } from '@postroad/config';
import { opsConfig } from './config.ts';
import { startOps } from './role.ts';

// Never in the way of mail: whoever else wants the processor goes first.
try {
  setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
} catch {
  // Not every system lets a process do that; it works all the same.
}

await runAgent({
  definition: opsConfig,
  roles: ['api', 'console', 'otlp'],
  start: async (config, roles) => {
    const agent = await openAgent('ops', config);
    if (config.provision) {
      await provisionStreams(agent.bus.jsm, config);
      await provisionBuckets(agent.bus.jsm, config.replicas);
    }
    const ops = await startOps(agent, config, roles);
    agent.logger.info({ port: ops.port, otlpPort: ops.otlpPort, roles: [...roles] }, 'ops is ready');
    agent.ready();
    return {
      drain: async (left) => {
        agent.unready();
        await ops.drain(left());
        await agent.close();
      },
    };
  },
});
