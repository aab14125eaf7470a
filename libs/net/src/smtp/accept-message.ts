import type { EnhancedStatus, Envelope, QueueId } from '@postroad/mail';
import type { HeaderSection } from '@postroad/message';
import { parseMessageIds } from '@postroad/message';
import { formatAddress, formatPath, reply, type Reply } from '@postroad/smtp';
import type { Metrics } from '@postroad/telemetry';
import { ContentRefused } from './content-queue.ts';
import { errorReply } from './error-reply.ts';
import { receivedField } from './received.ts';
import { takeContent, type ContentSink } from './take-content.ts';
import { envelopeOf, type SmtpSession, type SmtpTransaction } from './types.ts';

/** The spool, as far as a door needs it (`Spool` of @postroad/spool has this shape). */
export interface MessageStore {
  open(): MessageWrite;
  admits(): boolean;
}

export interface MessageWrite extends ContentSink {
  readonly queueId: QueueId;
  commit(fields: {
    readonly envelope: Envelope;
    readonly origin: MessageOrigin;
    readonly prefix: string;
    readonly messageId?: string;
    readonly traceparent?: string;
  }): Promise<{ readonly size: number }>;
  abort(): Promise<void>;
}

interface MessageOrigin {
  readonly kind: 'submission' | 'mx';
  readonly clientAddress: string;
  readonly helo?: string;
  readonly accountId?: string;
}

/** One accepted or refused message, for the timeline (`MailEvent` of @postroad/telemetry without its time). */
export interface DoorEvent {
  readonly agent: 'msa' | 'mta';
  readonly step: 'accepted' | 'refused';
  readonly queueId?: QueueId;
  readonly messageId?: string;
  readonly sender: string;
  readonly recipients: readonly string[];
  readonly status?: EnhancedStatus;
  readonly detail?: string;
  readonly host: string;
  readonly size?: number;
  readonly traceparent?: string;
}

/** A span of @postroad/telemetry. */
interface DoorSpan {
  readonly traceparent: string;
  set(attributes: Record<string, string | number>): void;
  end(error?: unknown): void;
}

/** What the doors of all agents need from outside. */
export interface DoorServices {
  readonly spool: MessageStore;
  /** Where steps are told; never awaited. */
  readonly events?: ((event: DoorEvent) => void) | undefined;
  /** Where sessions and messages are counted. */
  readonly metrics?: Metrics | undefined;
  readonly tracing?:
    | {
        span(
          name: string,
          options: { readonly parent?: string | undefined; readonly attributes?: Record<string, string | number> },
        ): DoorSpan;
      }
    | undefined;
}

interface AcceptOptions {
  readonly agent: 'msa' | 'mta';
  readonly services: DoorServices;
  readonly session: SmtpSession;
  readonly transaction: SmtpTransaction;
  readonly content: AsyncIterable<Buffer>;
  readonly hostname: string;
  readonly origin: MessageOrigin;
  /** Sees the header section and gives what is stored in its place; throws {@link SmtpRefusal}. `parent`: the trace to continue. */
  readonly header: (
    section: HeaderSection,
    queueId: QueueId,
  ) => Promise<{ readonly section: HeaderSection; readonly parent?: string | undefined }>;
}

/**
 * Takes the content of one transaction into the spool: header checked, Received in front, head published. The 250 it gives is the promise of
 * DESIGN §1.1. Never throws: whatever goes wrong becomes the reply, and the event.
 * A log line of the caller tells of errors that were not foreseen, through `unforeseen`.
 */
export async function acceptMessage(options: AcceptOptions, unforeseen: (error: unknown) => void): Promise<Reply> {
  const { services, session, transaction, hostname, agent } = options;
  const write = services.spool.open();
  const { queueId } = write;
  let span: DoorSpan | undefined;
  let messageId: string | undefined;
  let committing = false;
  try {
    await takeContent(options.content, write, async (received) => {
      const { section, parent } = await options.header(received, queueId);
      span = services.tracing?.span(`${agent} accept`, { parent, attributes: { 'postroad.queue_id': queueId } });
      messageId = messageIdOf(section);
      return section;
    });
    committing = true;
    const head = await write.commit({
      envelope: envelopeOf(transaction),
      origin: options.origin,
      prefix: receivedField({ session, transaction, hostname, queueId, time: Date.now() }),
      ...(messageId !== undefined && { messageId }),
      ...(span !== undefined && { traceparent: span.traceparent }),
    });
    span?.set({ 'postroad.size': head.size, 'postroad.recipients': transaction.recipients.length });
    span?.end();
    services.events?.(doorEvent(options, { step: 'accepted', queueId, messageId, size: head.size, span }));
    return reply(250, '2.0.0', `OK, queued as ${queueId}`);
  } catch (error) {
    if (!committing) await write.abort();
    const answer = errorReply(error, unforeseen);
    span?.end(error);
    // A connection that was lost refused nothing.
    if (!(error instanceof ContentRefused && error.reply === null))
      services.events?.(doorEvent(options, { step: 'refused', queueId, messageId, answer, span }));
    return answer;
  }
}

function messageIdOf(section: HeaderSection): string | undefined {
  const text = section.text('message-id');
  return text === undefined ? undefined : parseMessageIds(text, 1)[0]?.slice(0, 255);
}

/** Recipients named in one event: a list of a thousand would not help anybody. */
const MAX_NAMED = 50;

function doorEvent(
  { agent, session, transaction }: AcceptOptions,
  what: {
    readonly step: 'accepted' | 'refused';
    readonly queueId: QueueId;
    readonly messageId: string | undefined;
    readonly size?: number;
    readonly answer?: Reply;
    readonly span: DoorSpan | undefined;
  },
): DoorEvent {
  const { step, queueId, messageId, size, answer, span } = what;
  return {
    agent,
    step,
    queueId,
    ...(messageId !== undefined && { messageId }),
    sender: transaction.reversePath === null ? '<>' : formatPath(transaction.reversePath).slice(1, -1),
    recipients: transaction.recipients.slice(0, MAX_NAMED).map(({ forwardPath }) => formatAddress(forwardPath)),
    ...(answer?.status !== undefined && { status: answer.status }),
    ...(answer !== undefined && { detail: `${String(answer.code)} ${answer.lines.join(' ')}` }),
    host: session.remoteAddress,
    ...(size !== undefined && { size }),
    ...(span !== undefined && { traceparent: span.traceparent }),
  };
}
