import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { ImapFlow } from 'imapflow';
import { createTransport } from 'nodemailer';
import type { CanarySettings } from './settings.ts';

/** The steps of one flight, as the metrics name them. */
export type CanaryStep = 'submit' | 'wait' | 'read';

/** A flight that did not arrive. */
export class CanaryLost extends Error {
  readonly code = 'CANARY_LOST';
  readonly step: CanaryStep;
  constructor(step: CanaryStep, reason: string) {
    super(`the canary was lost at the step ${step}: ${reason}`);
    this.step = step;
  }
}

const HEADER = 'X-Postroad-Canary';
/** Between two looks into the mailbox, ms: short at first, so that the time measured is the way's. */
const FIRST_LOOK_MS = 50;
const LAST_LOOK_MS = 1_000;

/**
 * Submits one message from the account to itself, waits until it is visible over IMAP, reads it and deletes it, together with
 * those that came too late before.
 * @returns ms from the submission until it was visible
 * @throws CanaryLost; and whatever `signal` is aborted with
 */
export async function fly(settings: CanarySettings, timeoutMs: number, signal: AbortSignal): Promise<number> {
  const id = randomUUID();
  const transport = transportOf(settings);
  const client = clientOf(settings);
  const over = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  const step = async <T>(name: CanaryStep, work: Promise<T>): Promise<T> => {
    try {
      return await unless(over, work);
    } catch (error) {
      signal.throwIfAborted();
      throw new CanaryLost(name, over.aborted ? `nothing after ${timeoutMs} ms` : reasonOf(error));
    }
  };
  try {
    const started = performance.now();
    await step('submit', transport.sendMail(messageOf(settings.address, id)));
    const uid = await step('wait', arrival(client, id, over));
    const ms = performance.now() - started;
    await step('read', readAndDelete(client, uid, id));
    return ms;
  } finally {
    transport.close();
    leave(client);
  }
}

function transportOf({ submission, startTls, tls, address, password }: CanarySettings) {
  return createTransport({
    ...submission,
    secure: !startTls,
    requireTLS: startTls,
    tls,
    auth: { user: address, pass: password },
    disableFileAccess: true,
    disableUrlAccess: true,
    logger: false,
  });
}

function clientOf({ imap, startTls, tls, address, password }: CanarySettings): ImapFlow {
  const client = new ImapFlow({
    ...imap,
    secure: !startTls,
    ...(startTls ? { doSTARTTLS: true } : {}),
    tls,
    ...(tls.servername === undefined ? {} : { servername: tls.servername }),
    auth: { user: address, pass: password },
    clientInfo: { name: 'Postroad canary' },
    disableAutoIdle: true,
    disableCompression: true,
    logger: false,
  });
  // rejections tell what went wrong; without a listener the event would end the process
  client.on('error', () => undefined);
  return client;
}

const messageOf = (address: string, id: string) => ({
  from: address,
  to: address,
  subject: 'Postroad canary',
  // RFC 3834 §5: nobody answers it by itself
  headers: { [HEADER]: id, 'Auto-Submitted': 'auto-generated' },
  text: `${id}\r\n\r\nThis message shows that mail flows; ops sent it, and deletes it when it has arrived.\r\n`,
});

/** The UID of the message once it is there. */
async function arrival(client: ImapFlow, id: string, over: AbortSignal): Promise<number> {
  await client.connect();
  await client.mailboxOpen('INBOX');
  for (let wait = FIRST_LOOK_MS; ; wait = Math.min(wait * 1.5, LAST_LOOK_MS)) {
    const [uid] = await canaries(client, id);
    if (uid !== undefined) return uid;
    await sleep(wait, undefined, { signal: over });
  }
}

async function readAndDelete(client: ImapFlow, uid: number, id: string): Promise<void> {
  const message = await client.fetchOne(`${uid}`, { source: true }, { uid: true });
  const text = message === false ? '' : (message.source?.toString('latin1') ?? '');
  if (!text.includes(`\r\n\r\n${id}\r\n`)) throw new Error('its text is not what was sent');
  // only one is under way at a time: all others came too late
  const all = await canaries(client, true);
  if (!(await client.messageDelete(all, { uid: true }))) throw new Error('it could not be deleted');
  if ((await canaries(client, id)).length > 0) throw new Error('it is still there after EXPUNGE');
}

/** UIDs of the canary with this id, or (true) of all there are. */
async function canaries(client: ImapFlow, id: string | true): Promise<number[]> {
  return (await client.search({ header: { [HEADER]: id } }, { uid: true })) || [];
}

/** The work, or the rejection of the signal; work that was given up on ends with its connection, and nobody hears of it. */
async function unless<T>(over: AbortSignal, work: Promise<T>): Promise<T> {
  work.catch(() => undefined);
  const { promise: end, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(over.reason as Error);
  over.addEventListener('abort', abort, { once: true });
  if (over.aborted) abort();
  try {
    return await Promise.race([work, end]);
  } finally {
    over.removeEventListener('abort', abort);
  }
}

/** What the server said, not what it was asked: that may hold the password. */
function reasonOf(error: unknown): string {
  const { response, responseText, message } = error as {
    response?: unknown;
    responseText?: unknown;
    message?: unknown;
  };
  const said = [responseText, response, message].find((text) => typeof text === 'string' && text !== '');
  return String(said ?? error).slice(0, 300);
}

function leave(client: ImapFlow): void {
  if (!client.usable) {
    client.close();
    return;
  }
  const cut = setTimeout(() => client.close(), 2_000).unref();
  client.logout().then(
    () => clearTimeout(cut),
    () => client.close(),
  );
}
