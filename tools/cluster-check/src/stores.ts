import { randomBytes } from 'node:crypto';
import { type Agent, AGENTS, renderBrokerConfig } from '@postroad/bus';
import { missingPostgres, missingS3, TestBroker, TestPostgres, TestS3 } from '@postroad/testkit';

/** What keeps things, outside of the containers: brokers, a database, an S3 server. */
export interface Stores extends AsyncDisposable {
  readonly broker: TestBroker;
  readonly passwords: Readonly<Record<Agent, string>>;
  readonly postgres: TestPostgres;
  readonly database: string;
  readonly s3: TestS3;
}

/** @throws when one of them cannot be started here; then none is left running */
export async function startStores(brokers: 1 | 3): Promise<Stores> {
  for (const absent of [missingPostgres(), missingS3()]) if (absent !== false) throw new Error(absent);
  const passwords = Object.fromEntries(AGENTS.map((agent) => [agent, randomBytes(18).toString('base64url')])) as Record<
    Agent,
    string
  >;
  await using started = new AsyncDisposableStack();
  const broker = await TestBroker.start(brokers, ({ name, dir, port, monitorPort, clusterPort }, routes) =>
    renderBrokerConfig({
      ...{ name, host: '127.0.0.1', port, monitorPort, storeDir: dir, sync: 'always', passwords },
      ...(brokers === 1 ? {} : { cluster: { name: 'postroad', port: clusterPort, routes } }),
    }),
  );
  started.defer(() => broker.stop());
  const postgres = await TestPostgres.start();
  started.defer(() => postgres.stop());
  const s3 = await TestS3.start();
  started.defer(() => s3.stop());
  const owned = started.move();
  return {
    ...{ broker, passwords, postgres, s3 },
    database: postgres.createDatabase('postroad'),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
