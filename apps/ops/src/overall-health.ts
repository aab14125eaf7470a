import type { Health } from './api/schemas.ts';
import type { OpsContext } from './context.ts';
import { askAgents } from './health.ts';

/** Broker, agents and event store in one look. */
export async function overallHealth({ bus, agents, store }: OpsContext): Promise<Health> {
  const asked = await askAgents(agents);
  const { refusal } = bus;
  const server = bus.nc.info;
  const counts = store.reader.counts();
  const broker = {
    ...{ ready: refusal === null && server !== undefined, detail: refusal?.message ?? 'ok' },
    ...(server === undefined ? {} : { server: server.server_name, version: server.version }),
  };
  const kept = { ready: store.failure === null, detail: store.failure?.message ?? 'ok', ...counts };
  return { ready: broker.ready && kept.ready && asked.every(({ ready }) => ready), broker, agents: asked, store: kept };
}
