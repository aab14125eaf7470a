import type { Cluster } from './cluster.ts';
import { type Account, eventually, type Mail, readInbox, sendToMx, submit } from './mail.ts';

export interface Outcome {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
}

export interface People {
  readonly alice: Account;
  readonly bob: Account;
}

/** Runs one check: what it throws is its fault, what it resolves to is told. */
export async function check(name: string, work: () => Promise<string>): Promise<Outcome> {
  try {
    return { name, ok: true, detail: await work() };
  } catch (error) {
    return { name, ok: false, detail: error instanceof Error ? error.message : String(error) };
  }
}

/** The first domain and two people, by the administrator's command in a container. */
export async function addPeople(cluster: Cluster, image: string): Promise<People> {
  const people = { alice: person(cluster, 'alice'), bob: person(cluster, 'bob') };
  await cluster.postroad(image, ['domain', 'add', cluster.domain]);
  for (const { address, password } of Object.values(people))
    await cluster.postroad(image, ['account', 'add', address, '--password-stdin'], `${password}\n`);
  return people;
}

const person = ({ domain }: Cluster, name: string): Account => ({
  address: `${name}@${domain}`,
  password: `${name}-of-the-cluster`,
});

const LARGE = `${'0123456789 abcdefghijklmnopqrstuvwxyz'.repeat(2)}\n`.repeat(4_000);

/** Mail on every way through the cluster; `round` makes subjects unique. */
export async function mailChecks(cluster: Cluster, { alice, bob }: People, round: string): Promise<Outcome[]> {
  const { certificate: ca } = cluster;
  const door = { port: cluster.door('msa/smtp', 'submissions'), ca };
  const mx = { port: cluster.door('mta/mx', 'mx'), ca };
  const imaps = cluster.door('mda/imap', 'imaps');
  const mail = (from: string, to: string, what: string, text = `${what}\n`): Mail => ({
    ...{ from, to, text },
    subject: `${round} ${what}`,
  });
  const arrives = async (account: Account, { subject, text }: Mail) => {
    const began = performance.now();
    const octets = await readInbox(imaps, account, subject);
    // Of the octets that were sent, all that follows the header.
    if (!octets.includes(`\r\n\r\n${text.replaceAll('\n', '\r\n')}`)) throw new Error(`"${subject}" came back changed`);
    return `in the mailbox ${Math.round(performance.now() - began)} ms after the 250, ${octets.length} octets`;
  };
  return [
    await check(`${round}: submitted with AUTH over TLS, read over IMAPS`, async () => {
      const sent = mail(alice.address, bob.address, 'local');
      await submit(door, alice, sent);
      return arrives(bob, sent);
    }),
    await check(`${round}: a message of ${Math.round(LARGE.length / 1_024)} KiB, its content in S3`, async () => {
      const sent = mail(bob.address, alice.address, 'large', LARGE);
      const before = await objectsInS3(cluster);
      await submit(door, bob, sent);
      const arrived = await arrives(alice, sent);
      const objects = (await objectsInS3(cluster)) - before;
      if (objects !== 1) throw new Error(`${objects} objects came to S3, not 1`);
      return `${arrived}; one object more in S3`;
    }),
    await check(`${round}: relayed to another server`, async () => {
      const sent = mail(alice.address, `someone@${cluster.elsewhere}`, 'relayed');
      await submit(door, alice, sent);
      const found = await eventually('the other server', () =>
        cluster.sink.messages.find(({ octets }) => octets.includes(`Subject: ${sent.subject}`)),
      );
      if (found.recipients.join() !== sent.to) throw new Error(`it was for ${found.recipients.join()}`);
      return `for ${found.recipients.join()}, ${found.octets.length} octets`;
    }),
    await check(`${round}: from the world to a mailbox`, async () => {
      const sent = mail('stranger@other.test', bob.address, 'inbound');
      const code = await sendToMx(mx, sent);
      if (code !== 250) throw new Error(`the mx said ${code}`);
      return arrives(bob, sent);
    }),
    await check(`${round}: unknown recipient and relay for strangers are refused`, async () => {
      const unknown = await sendToMx(mx, mail('stranger@other.test', `nobody@${cluster.domain}`, 'unknown'));
      const relay = await sendToMx(mx, mail('stranger@other.test', `someone@${cluster.elsewhere}`, 'stranger'));
      if (unknown !== 550 || relay < 550 || relay > 554) throw new Error(`the mx said ${unknown} and ${relay}`);
      return `${unknown} and ${relay}`;
    }),
    await check(`${round}: webmail serves its page and the mailbox`, () => webmail(cluster, bob, `${round} local`)),
  ];
}

async function objectsInS3({ stores: { s3 } }: Cluster): Promise<number> {
  const response = await fetch(`${s3.endpoint}/${s3.bucket}?list-type=2`);
  if (!response.ok) throw new Error(`listing the bucket: ${response.status}`);
  return (await response.text()).split('<Key>').length - 1;
}

async function webmail(cluster: Cluster, account: Account, subject: string): Promise<string> {
  const origin = `http://127.0.0.1:${cluster.door('mua/web', 'webmail')}`;
  const page = await (await fetch(origin)).text();
  const script = /src="(\/assets\/[^"]+\.js)"/.exec(page)?.[1];
  if (script === undefined) throw new Error(`its page names no script: ${page.slice(0, 200)}`);
  const { status } = await fetch(new URL(script, origin));
  if (status !== 200) throw new Error(`${script}: ${status}`);
  const signIn = await fetch(`${origin}/api/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-postroad': '1', origin },
    body: JSON.stringify(account),
  });
  if (!signIn.ok) throw new Error(`sign-in: ${signIn.status} ${await signIn.text()}`);
  const cookie = (signIn.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
  const list = await fetch(`${origin}/api/messages?folder=INBOX`, { headers: { cookie } });
  const text = await list.text();
  if (!text.includes(subject)) throw new Error(`the list does not name the message: ${list.status} ${text}`);
  return `${script}, signed in as ${account.address}`;
}
