import { randomInt } from 'node:crypto';
import { DirectoryConflict, KvDirectoryWriter } from '@postroad/directory';
import { createTransport } from 'nodemailer';
import type { Stack } from './stack.ts';

export interface FirstAccount {
  readonly address: string;
  readonly password: string;
}

const WORDS =
  'amber birch cedar delta ember fjord grove heron inlet juniper kestrel larch maple north olive pebble quartz river spruce tundra umber violet willow yarrow zephyr'.split(
    ' ',
  );

/** Four words and a number: about 32 bits, for accounts on loopback that people type from the screen. */
const password = () =>
  [...Array.from({ length: 4 }, () => WORDS[randomInt(WORDS.length)] ?? 'road'), String(randomInt(1_000, 9_999))].join(
    '-',
  );

/** The first domain with two accounts; an interrupted first start is taken up where it ended. */
export async function ensureAccounts(
  stack: Stack,
  names: readonly string[] = ['alice', 'bob'],
): Promise<FirstAccount[]> {
  const file = 'accounts.json';
  if (!stack.home.exists(file))
    stack.home.writeJson(
      file,
      names.map((name): FirstAccount => ({ address: `${name}@${stack.domain}`, password: password() })),
    );
  const accounts = stack.home.readJson<FirstAccount[]>(file);
  const directory = new KvDirectoryWriter(stack.bus);
  const unlessThere = (error: unknown) => {
    if (!(error instanceof DirectoryConflict) || error.code !== 'EXISTS') throw error;
  };
  await directory.addDomain(stack.domain).catch(unlessThere);
  for (const account of accounts)
    await directory.addAccount({ ...account, name: capital(account.address) }).catch(unlessThere);
  return accounts;
}

const capital = (address: string) => address.charAt(0).toUpperCase() + address.slice(1, address.indexOf('@'));

/** A first message through the whole road, from the second account to the first. */
export async function sendWelcome(stack: Stack, accounts: readonly FirstAccount[]): Promise<void> {
  const [to, from] = accounts;
  if (to === undefined || from === undefined || stack.home.exists('welcomed')) return;
  const transport = createTransport({
    host: '127.0.0.1',
    port: stack.ports.submission,
    requireTLS: true,
    auth: { user: from.address, pass: from.password },
    tls: { rejectUnauthorized: false },
  });
  await transport.sendMail({
    from: { name: 'Postroad', address: from.address },
    to: to.address,
    subject: 'Welcome to Postroad',
    text: `This message was submitted to the MSA, stored in JetStream, routed by the MTA and filed by the MDA.

You read it over IMAP or in the webmail at http://127.0.0.1:${stack.ports.webmail}.
Its story, step by step, is in the console at http://127.0.0.1:${stack.ports.ops}.

Write back to ${from.address} to see the way in the other direction.
`,
  });
  transport.close();
  stack.home.writeJson('welcomed', { at: new Date().toISOString() });
}
