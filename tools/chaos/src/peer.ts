import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { Counts } from './ledger.ts';

/** The other server: takes mail, refuses `reject…@` for good and `later…@` at first, and counts what it took by id. */
export async function startPeer(): Promise<{
  readonly address: string;
  readonly relayed: Counts;
  stop(): Promise<void>;
}> {
  const relayed = new Counts();
  const put = new Set<string>();
  const server = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    logger: false,
    onRcptTo: ({ address }, _session, done) => {
      if (address.startsWith('reject'))
        return done(Object.assign(new Error('5.1.1 nobody here'), { responseCode: 550 }));
      // Every address that is new is asked to wait once.
      if (address.startsWith('later') && !put.has(address)) {
        put.add(address);
        return done(Object.assign(new Error('4.2.0 not now'), { responseCode: 450 }));
      }
      done();
    },
    onData: (stream, session, done) => {
      let head = '';
      stream.on('data', (chunk: Buffer) => (head = head.length < 16_384 ? head + chunk.toString('latin1') : head));
      stream.on('end', () => {
        const id = /^Subject: chaos (\S+)/m.exec(head)?.[1];
        if (id !== undefined) for (const { address } of session.envelope.rcptTo) relayed.add(address, id);
        done();
      });
    },
  });
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const { port } = server.server.address() as AddressInfo;
  return { address: `127.0.0.1:${port}`, relayed, stop: () => new Promise((resolve) => server.close(() => resolve())) };
}
