import { setTimeout as sleep } from 'node:timers/promises';
import { LoadClient, UnexpectedReply } from '@postroad/testkit';
import type { Sent } from './ledger.ts';
import { pick } from './random.ts';

export interface SenderOptions {
  readonly mx: number;
  readonly submission: number;
  readonly users: readonly string[];
  /** An alias and the mailboxes behind it. */
  readonly alias: { readonly address: string; readonly targets: readonly string[] };
  readonly password: string;
  readonly messages: number;
  readonly sessions: number;
  readonly random: () => number;
  /** Sending is spread over so long at least, in ms: a fast machine would be done before anything was killed. */
  readonly atLeastMs: number;
  readonly onProgress: (done: number) => void;
}

/** One message's fate is planned before it is sent: to whom, through which door. */
function plan(n: number, options: SenderOptions): Sent & { readonly recipients: readonly string[] } {
  const { random, users, alias } = options;
  const id = `m${n}`;
  const kind = random();
  const user = () => pick(random, users);
  const submission = { door: 'submission' as const, sender: user() };
  const base = { id, mailboxes: [], remote: [], refused: [], outcome: 'refused' as const };
  if (kind < 0.45) {
    const to = user();
    return { ...base, door: 'mx', sender: 'stranger@world.example', mailboxes: [to], recipients: [to] };
  }
  if (kind < 0.6) {
    const mailboxes = [...new Set([user(), user(), user(), user()])];
    return { ...base, ...submission, mailboxes, recipients: mailboxes };
  }
  if (kind < 0.7) return { ...base, ...submission, mailboxes: alias.targets, recipients: [alias.address] };
  if (kind < 0.85) {
    const remote = [`r${n}@world.example`, ...(random() < 0.3 ? [`later${n}@world.example`] : [])];
    return { ...base, ...submission, remote, recipients: remote };
  }
  const to = user();
  const refused = [`reject${n}@nobody.example`];
  return { ...base, ...submission, mailboxes: [to], refused, recipients: [to, ...refused] };
}

/** Sends every planned message exactly once, whatever the answer, over sessions that reconnect; returns the ledger. */
export async function sendAll(options: SenderOptions): Promise<Sent[]> {
  const plans = Array.from({ length: options.messages }, (_, n) => plan(n, options));
  const began = performance.now();
  let next = 0;
  let done = 0;
  await Promise.all(
    Array.from({ length: options.sessions }, async () => {
      const clients = new Map<string, LoadClient>();
      for (let planned = plans[next++]; planned !== undefined; planned = plans[next++]) {
        const early = began + (next * options.atLeastMs) / plans.length - performance.now();
        if (early > 0) await sleep(early);
        await sendOne(planned, clients, options);
        options.onProgress(++done);
      }
      for (const client of clients.values()) client.close();
    }),
  );
  return plans;
}

async function sendOne(
  sent: Sent & { readonly recipients: readonly string[] },
  clients: Map<string, LoadClient>,
  options: SenderOptions,
): Promise<void> {
  const key = sent.door === 'mx' ? 'mx' : sent.sender;
  const text = `From: <${sent.sender}>\r\nTo: <${sent.recipients[0] ?? ''}>\r\nSubject: chaos ${sent.id}\r\nMessage-ID: <${sent.id}@chaos.test>\r\nDate: Mon, 23 Nov 2026 12:00:00 +0000\r\n\r\n${'A line of a message that must not be lost.\r\n'.repeat(40)}`;
  for (;;) {
    let began = false;
    try {
      let client = clients.get(key);
      if (client === undefined) {
        const login = sent.door === 'mx' ? undefined : { user: sent.sender, password: options.password };
        client = await LoadClient.open(sent.door === 'mx' ? options.mx : options.submission, login);
        clients.set(key, client);
      }
      const answer = await client.send(sent.sender, sent.recipients, Buffer.from(text), () => (began = true));
      sent.outcome = 'accepted';
      const queueId = /queued as (\w+)/.exec(answer.lines.join(' '))?.[1];
      if (queueId !== undefined) sent.queueId = queueId;
      return;
    } catch (error) {
      clients.get(key)?.close();
      clients.delete(key);
      if (began) {
        // The content went out: an answer that is not 250 is a refusal, no answer means nobody knows. Never sent again.
        sent.outcome = error instanceof UnexpectedReply ? 'refused' : 'unknown';
        return;
      }
      await sleep(100);
    }
  }
}
