import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { ensureAccounts, type FirstAccount, type Home, type Stack } from '@postroad/stack';
import { LoadClient, messageOf } from '@postroad/testkit';
import { ImapFlow } from 'imapflow';
import { SMTPServer } from 'smtp-server';

/** Somebody else's mail server: takes mail, puts off what is for `later@`, refuses what is for `never@`. */
export async function startPeer(): Promise<{ readonly port: number; close(): void }> {
  const server = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    logger: false,
    onRcptTo: ({ address }, _session, done) => {
      const code = address.startsWith('later@') ? 451 : address.startsWith('never@') ? 550 : 0;
      done(
        code === 0
          ? null
          : Object.assign(new Error(code === 451 ? '4.7.1 later' : '5.1.1 never'), { responseCode: code }),
      );
    },
    onData: (stream, _session, done) => {
      stream.resume();
      stream.on('end', () => done());
    },
  });
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  return { port: (server.server.address() as AddressInfo).port, close: () => server.close(() => undefined) };
}

/** What fails on purpose: the promise must be rejected. */
async function refused(what: string, work: Promise<unknown>): Promise<void> {
  const passed = await work.then(
    () => true,
    () => false,
  );
  if (passed) throw new Error(`${what} was not refused`);
}

/** Submission and MX: mail to a mailbox, to the world and back, and what is turned away. */
async function smtp({ ports, domain }: Stack, alice: FirstAccount, bob: FirstAccount): Promise<void> {
  const mail = (from: string, to: string) => messageOf({ from, to, size: 2_000, id: `to ${to}` });
  const submission = await LoadClient.open(ports.submission, { user: alice.address, password: alice.password });
  const to = ['taken', 'later', 'never'].map((name) => `${name}@elsewhere.example`);
  for (const recipient of [bob.address, ...to])
    await submission.send(alice.address, [recipient], mail(alice.address, recipient));
  submission.close();
  await refused('a wrong password', LoadClient.open(ports.submission, { user: alice.address, password: 'wrong' }));
  const mx = await LoadClient.open(ports.mx);
  await mx.send('x@world.example', [bob.address], mail('x@world.example', bob.address));
  await mx.say('MAIL FROM:<x@world.example>', 250);
  await mx.say(`RCPT TO:<nobody@${domain}>`, 550);
  mx.close();
}

async function imap({ ports }: Stack, { address, password }: FirstAccount): Promise<void> {
  const connect = (pass: string) =>
    new ImapFlow({
      ...{ host: '127.0.0.1', port: ports.imaps, secure: true, tls: { rejectUnauthorized: false } },
      ...{ auth: { user: address, pass }, logger: false, disableAutoIdle: true },
    });
  await refused('a wrong password', connect('wrong').connect());
  const client = connect(password);
  await client.connect();
  await client.mailboxOpen('INBOX');
  await client.append('INBOX', Buffer.from('Subject: appended\r\n\r\nhello\r\n'));
  await client.fetchAll('1:*', { envelope: true, source: true });
  await client.search({ body: 'hello' });
  await client.mailboxOpen('Nowhere').catch(() => undefined);
  await client.logout();
}

/** The webmail: signed in, in vain and really, and a message sent. */
async function webmail({ ports }: Stack, { address, password }: FirstAccount, to: string): Promise<void> {
  const origin = `http://127.0.0.1:${ports.webmail}`;
  const post = (path: string, body: object, cookie = '') =>
    fetch(`${origin}${path}`, {
      ...{ method: 'POST', body: JSON.stringify(body) },
      headers: { origin, 'x-postroad': '1', 'content-type': 'application/json', cookie },
    });
  const wrong = await post('/api/session', { address, password: 'wrong' });
  if (wrong.ok) throw new Error('a wrong password was not refused');
  const answer = await post('/api/session', { address, password });
  if (!answer.ok) throw new Error(`POST /api/session: ${answer.status} ${await answer.text()}`);
  const cookie = answer.headers
    .getSetCookie()
    .map((each) => each.split(';')[0])
    .join('; ');
  const draft = {
    ...{ to, cc: '', bcc: '', subject: 'by webmail', text: 'hello', fromName: 'Alice', inReplyTo: '', references: [] },
    ...{ uploads: [], draftUid: null, answers: null, key: randomUUID() },
  };
  const sent = await post('/api/send', draft, cookie);
  if (!sent.ok) throw new Error(`POST /api/send: ${sent.status} ${await sent.text()}`);
}

/** The accounts that {@link drive} uses; the first one is the canary's too. */
export function prepareAccounts(home: Home, domain: string): FirstAccount {
  const accounts = ['alice', 'bob'].map((name) => ({
    address: `${name}@${domain}`,
    password: `the secret of ${name}`,
  }));
  home.writeJson('accounts.json', accounts);
  return accounts[0] ?? { address: '', password: '' };
}

/** A little of everything that people and other hosts do with a running stack. */
export async function drive(stack: Stack): Promise<void> {
  const [alice, bob] = await ensureAccounts(stack);
  if (alice === undefined || bob === undefined) throw new Error('the stack has no accounts');
  await smtp(stack, alice, bob);
  await imap(stack, bob);
  await webmail(stack, alice, bob.address);
}
