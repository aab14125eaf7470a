import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';

/** Somebody else's mail server: takes everything and remembers it. */
export interface Sink extends AsyncDisposable {
  readonly port: number;
  /** Messages as they came, with the recipients named. */
  readonly messages: readonly { readonly recipients: readonly string[]; readonly octets: string }[];
}

export async function startSink(): Promise<Sink> {
  const messages: { recipients: string[]; octets: string }[] = [];
  const server = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    logger: false,
    onData: (stream, session, done) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const recipients = session.envelope.rcptTo.map(({ address }) => address);
        messages.push({ recipients, octets: Buffer.concat(chunks).toString('latin1') });
        done();
      });
    },
  });
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const { port } = server.server.address() as AddressInfo;
  const close = () => new Promise<void>((resolve) => server.close(() => resolve()));
  return { port, messages, [Symbol.asyncDispose]: close };
}
