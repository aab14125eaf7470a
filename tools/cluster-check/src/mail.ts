import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { ImapWire } from '@postroad/testkit';
import { createTransport } from 'nodemailer';

export interface Account {
  readonly address: string;
  readonly password: string;
}

export interface Mail {
  readonly from: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

interface Door {
  readonly port: number;
  /** Certificate to trust. */
  readonly ca: string;
}

/** As octets of our own: a library would choose encodings by itself, and what comes back could not be compared. */
function raw({ from, to, subject, text }: Mail) {
  const fields = { From: `<${from}>`, To: `<${to}>`, Subject: subject, Date: new Date().toUTCString() };
  const header = Object.entries({ ...fields, 'Message-ID': `<${randomUUID()}@check.test>` });
  const octets = `${header.map(([name, value]) => `${name}: ${value}\n`).join('')}\n${text}`;
  return { envelope: { from, to: [to] }, raw: octets.replaceAll('\n', '\r\n') };
}

const WAIT_MS = 30_000;
const LOCAL = { host: '127.0.0.1', connectionTimeout: 10_000, greetingTimeout: 10_000, socketTimeout: 60_000 };

/** Submits over TLS from the start, with AUTH (RFC 8314). Resolves to the server's answer to DATA. @throws when it is refused */
export async function submit({ port, ca }: Door, { address, password }: Account, mail: Mail): Promise<string> {
  const tls = { ca, servername: 'localhost' };
  const transport = createTransport({ ...LOCAL, port, secure: true, auth: { user: address, pass: password }, tls });
  try {
    return (await transport.sendMail(raw(mail))).response;
  } finally {
    transport.close();
  }
}

/** Sends as another mail server would: STARTTLS, no AUTH. Resolves to the code of the answer, 250 or the refusal's. */
export async function sendToMx({ port, ca }: Door, mail: Mail): Promise<number> {
  const tls = { ca, servername: 'localhost' };
  const transport = createTransport({ ...LOCAL, port, name: 'other.test', requireTLS: true, tls });
  try {
    await transport.sendMail(raw(mail));
    return 250;
  } catch (error) {
    const code = (error as { responseCode?: number }).responseCode;
    if (code === undefined) throw error;
    return code;
  } finally {
    transport.close();
  }
}

/** The message with this subject in an INBOX, as it is served, once it is there. @throws when it is not within 30 s */
export async function readInbox(imaps: number, account: Account, subject: string): Promise<string> {
  const until = Date.now() + WAIT_MS;
  const wire = await ImapWire.connect({ port: imaps, tls: true });
  try {
    await wire.ok(['LOGIN ', Buffer.from(account.address), ' ', Buffer.from(account.password)]);
    for (;;) {
      await wire.ok('SELECT INBOX');
      const { untagged } = await wire.ok(['UID SEARCH HEADER Subject ', Buffer.from(subject)]);
      const hits = untagged.map((each) => each.octets.toString('latin1')).find((line) => line.startsWith('SEARCH'));
      const uids = (hits ?? '').split(' ').slice(1).filter(Boolean);
      if (uids.length > 1) throw new Error(`${account.address} has "${subject}" ${uids.length} times`);
      if (uids[0] !== undefined) {
        const fetched = await wire.ok(`UID FETCH ${uids[0]} BODY.PEEK[]`);
        return fetched.untagged.map((each) => each.octets.toString('latin1')).join('');
      }
      if (Date.now() > until) throw new Error(`"${subject}" did not reach ${account.address} in ${WAIT_MS / 1_000} s`);
      await sleep(100);
    }
  } finally {
    wire.destroy();
  }
}

/** Until `look` finds something. @throws when it does not within 30 s */
export async function eventually<T>(what: string, look: () => T | undefined | Promise<T | undefined>): Promise<T> {
  for (const until = Date.now() + WAIT_MS; ;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > until) throw new Error(`${what}: not within ${WAIT_MS / 1_000} s`);
    await sleep(100);
  }
}
