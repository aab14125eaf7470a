import { LoadClient, messageOf } from '@postroad/testkit';

export interface SubmissionLoad {
  readonly port: number;
  /** Senders. */
  readonly users: readonly string[];
  /** Of all of them; absent: no TLS and no AUTH, as another server's mail comes. */
  readonly password?: string;
  readonly recipients: readonly string[];
  readonly messages: number;
  readonly sessions: number;
  readonly size: number;
}

/** Authenticated submission over STARTTLS (or mail from the world) from many connections. Resolves to the seconds until all were answered. */
export async function submissionLoad(load: SubmissionLoad): Promise<number> {
  const clients = await Promise.all(
    Array.from({ length: load.sessions }, (_, i) => {
      const user = load.users[i % load.users.length] ?? '';
      const { password } = load;
      return LoadClient.open(load.port, password === undefined ? undefined : { user, password }).then((client) => ({
        client,
        user,
      }));
    }),
  );
  let next = 0;
  const began = performance.now();
  await Promise.all(
    clients.map(async ({ client, user }) => {
      for (let n = next++; n < load.messages; n = next++) {
        const to = load.recipients[n % load.recipients.length] ?? '';
        await client.send(user, [to], messageOf({ from: user, to, size: load.size, id: `sub-${n}` }));
      }
    }),
  );
  const seconds = (performance.now() - began) / 1_000;
  for (const { client } of clients) client.close();
  return seconds;
}
