import { composeDsn, type DsnRecipient, dsnQueueId } from '@postroad/dsn';
import type { EnvelopeRecipient, Notify, Outcome, QueueId } from '@postroad/mail';
import { HeaderReader } from '@postroad/message';
import type { Spool, SpoolMessage } from './types.ts';

/** A recipient whose fate somebody may want to hear. */
export interface NotifiedRecipient extends DsnRecipient {
  /** NOTIFY as the client gave it (RFC 3461 §4.1). */
  readonly notify?: EnvelopeRecipient['notify'];
}

export interface NotificationOptions {
  /** Host name of this system. */
  readonly hostname: string;
  readonly outcome: Outcome;
  readonly recipients: readonly NotifiedRecipient[];
  readonly traceparent?: string;
}

/** Above these sizes (octets) only the header section goes back: with RET=FULL, and without RET. */
const FULL_ASKED = 10 * 1024 ** 2;
const FULL_UNASKED = 50_000;

const WANTED: Readonly<Record<Outcome, Notify>> = {
  failed: 'FAILURE',
  delayed: 'DELAY',
  delivered: 'SUCCESS',
  relayed: 'SUCCESS',
  expanded: 'SUCCESS',
};

/** RFC 3461 §4.1, §5.2.1: without NOTIFY, failures and delays are told, successes are not. */
function wants(recipient: NotifiedRecipient, outcome: Outcome): boolean {
  if (recipient.notify === undefined) return outcome === 'failed' || outcome === 'delayed';
  return recipient.notify.includes(WANTED[outcome]);
}

/**
 * Tells the sender what became of recipients: composes the notification and spools it as a new message with the null
 * reverse-path. Its queue id follows from the original's, so doing it again after a crash makes no second one (DESIGN §3.6).
 * Resolves to its queue id, or to null when nobody wants to hear (or the original was itself a notification).
 */
export async function spoolNotification(
  spool: Spool,
  original: SpoolMessage,
  options: NotificationOptions,
): Promise<QueueId | null> {
  const { head } = original;
  const told = options.recipients.filter((recipient) => wants(recipient, options.outcome));
  const sender = head.envelope.reversePath;
  if (sender === null || told.length === 0) return null;
  const queueId = dsnQueueId(
    head.queueId,
    told.map((r) => r.finalRecipient),
    options.outcome,
  );
  const full =
    options.outcome === 'failed' &&
    (head.envelope.ret === 'FULL'
      ? head.size <= FULL_ASKED
      : head.envelope.ret === undefined && head.size <= FULL_UNASKED);
  const headerSection = full ? null : await headerOf(original);
  const dsn = composeDsn({
    queueId,
    reportingMta: options.hostname,
    recipient: sender,
    // From the original, not from the clock: a second composition must be the same octets.
    date: Math.max(...told.map((r) => r.lastAttempt ?? 0), Date.parse(head.receivedAt)),
    arrival: Date.parse(head.receivedAt),
    recipients: told,
    returned: { form: full ? 'FULL' : 'HDRS', eightBit: head.eightBit },
    ...(head.envelope.envelopeId === undefined ? {} : { envelopeId: head.envelope.envelopeId }),
    ...(head.messageId === undefined ? {} : { originalMessageId: head.messageId }),
    ...(head.envelope.smtputf8 === true ? { smtputf8: true } : {}),
  });
  const write = spool.open(queueId);
  try {
    await write.write(dsn.head);
    await write.write(Buffer.from(head.prefix, 'utf8'));
    if (headerSection !== null) await write.write(headerSection);
    else for await (const chunk of original.stream()) await write.write(chunk);
    await write.write(dsn.tail);
    await write.commit({
      envelope: {
        reversePath: null,
        recipients: [{ forwardPath: sender, notify: ['NEVER'] }],
        ...(dsn.eightBit ? { body: '8BITMIME' as const } : {}),
        ...(dsn.smtputf8 ? { smtputf8: true } : {}),
      },
      origin: { kind: 'dsn', parent: head.queueId },
      prefix: '',
      messageId: dsn.messageId,
      ...(options.traceparent === undefined ? {} : { traceparent: options.traceparent }),
    });
  } catch (error) {
    await write.abort();
    throw error;
  }
  return queueId;
}

/** The header section of a stored message, cut at 64 KiB. */
async function headerOf(message: SpoolMessage): Promise<Uint8Array> {
  const reader = new HeaderReader({ bytes: 64 * 1024 });
  const held: Uint8Array[] = [];
  try {
    for await (const chunk of message.stream()) {
      const taken = reader.push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
      held.push(taken === null ? chunk : chunk.subarray(0, taken));
      if (taken !== null) break;
    }
  } catch {
    // Longer than anybody wants to get back: what was read up to here stands for it.
    return Buffer.concat(held).subarray(0, 64 * 1024);
  }
  return Buffer.concat(held);
}
