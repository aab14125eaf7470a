import { Readable } from 'node:stream';
import type { QueueRecord, RecordRecipient } from '@postroad/bus';
import type { SpoolMessage } from '@postroad/spool';
import { formatParameters, formatPath, type MailParameters, needsSmtpUtf8, type RcptParameters } from '@postroad/smtp';
import type { Session } from './connect.ts';
import { type Fate, fateOfReply, oneLine, ownFate } from './reply-status.ts';
import type { SmtpClient, TransactionLines } from './smtp-client.ts';

/** How one transaction went for the recipients of a record, in their order. */
export interface AttemptResult {
  readonly fates: readonly Fate[];
  /** The peer took the DSN parameters over. */
  readonly peerDsn: boolean;
  /** The session ended before its time. */
  readonly sessionLost: boolean;
  /** It was lost in the envelope and the peer said nothing: the message was not refused, the connection was old. */
  readonly silent?: boolean;
  /** Our own content could not be read to its end: no fate of the recipients. */
  readonly unreadable?: Error;
}

// eslint-disable-next-line no-control-regex
const NON_ASCII = /[^\x00-\x7f]/;

/** Everything in front of the content. The record's fields are newer, so they come first (RFC 5321 §4.4). */
const prefixOf = (record: QueueRecord, message: SpoolMessage): string => record.prefix + message.head.prefix;

/** What a transaction needs of its peer. */
interface Needs {
  readonly size: number;
  readonly utf8: boolean;
  readonly eightBit: boolean;
  readonly tls: boolean;
}

function needsOf(record: QueueRecord, message: SpoolMessage, prefix: string): Needs {
  const { head } = message;
  const eightBit = head.eightBit || NON_ASCII.test(prefix);
  const paths = [record.reversePath, ...record.recipients.map((r) => r.forwardPath)];
  return {
    size: Buffer.byteLength(prefix) + head.size,
    // Clients say SMTPUTF8 for messages that turn out to be ASCII throughout: those can go anywhere.
    utf8: paths.some((path) => path !== null && needsSmtpUtf8(path)) || (head.envelope.smtputf8 === true && eightBit),
    eightBit,
    tls: head.envelope.requireTls === true,
  };
}

/** DESIGN §7: nodemailer would send all the same; what the peer cannot take is refused here. */
function unfit(client: SmtpClient, needs: Needs): Fate | null {
  if (needs.tls && !(client.verified && client.offers('REQUIRETLS')))
    return ownFate('failed', '5.7.30', 'The mail host does not offer REQUIRETLS over verified TLS (RFC 8689)');
  if (needs.utf8 && !client.offers('SMTPUTF8'))
    return ownFate(
      'failed',
      '5.6.7',
      'The mail host does not take internationalized addresses or header fields (SMTPUTF8)',
    );
  if (needs.eightBit && !client.offers('8BITMIME'))
    return ownFate('failed', '5.6.3', 'The mail host does not take 8-bit content (8BITMIME)');
  if (client.maxSize > 0 && needs.size > client.maxSize)
    return ownFate(
      'failed',
      '5.3.4',
      `The message (${needs.size} octets) is larger than the mail host takes (${client.maxSize})`,
    );
  return null;
}

function linesOf(client: SmtpClient, record: QueueRecord, message: SpoolMessage, needs: Needs): TransactionLines {
  const { envelope } = message.head;
  const dsn = client.offers('DSN');
  const mail: MailParameters = {
    ...(client.offers('SIZE') ? { size: needs.size } : {}),
    ...(needs.eightBit ? { body: '8BITMIME' as const } : {}),
    ...(needs.utf8 ? { smtputf8: true as const } : {}),
    ...(needs.tls ? { requireTls: true as const } : {}),
    ...(dsn && envelope.ret !== undefined ? { ret: envelope.ret } : {}),
    ...(dsn && envelope.envelopeId !== undefined ? { envelopeId: envelope.envelopeId } : {}),
  };
  return {
    mail: formatPath(record.reversePath) + parameters('MAIL', mail),
    recipients: record.recipients.map((r) => formatPath(r.forwardPath) + (dsn ? parameters('RCPT', dsnOf(r)) : '')),
  };
}

const dsnOf = ({ notify, originalRecipient }: RecordRecipient): RcptParameters => ({
  ...(notify === undefined ? {} : { notify }),
  ...(originalRecipient === undefined ? {} : { originalRecipient }),
});

/** An ENVID or ORCPT that xtext cannot carry is left out rather than keeping the mail. */
function parameters(command: 'MAIL' | 'RCPT', values: MailParameters & RcptParameters): string {
  try {
    return command === 'MAIL' ? formatParameters('MAIL', values) : formatParameters('RCPT', values);
  } catch {
    const { envelopeId: _id, originalRecipient: _original, ...rest } = values;
    return command === 'MAIL' ? formatParameters('MAIL', rest) : formatParameters('RCPT', rest);
  }
}

async function* contentOf(prefix: string, message: SpoolMessage): AsyncGenerator<Uint8Array> {
  if (prefix !== '') yield Buffer.from(prefix, 'utf8');
  yield* message.stream();
}

/** Sends one record's message to all of its recipients in one transaction. Never throws. */
export async function attempt(
  { client, candidate }: Session,
  record: QueueRecord,
  message: SpoolMessage,
): Promise<AttemptResult> {
  const prefix = prefixOf(record, message);
  const needs = needsOf(record, message, prefix);
  const all = (fate: Fate): Fate[] => record.recipients.map(() => fate);
  const refused = unfit(client, needs);
  if (refused !== null) return { fates: all(refused), peerDsn: false, sessionLost: false };
  const { inline } = message;
  const content =
    inline === null
      ? Readable.from(contentOf(prefix, message), { objectMode: false })
      : Buffer.concat([Buffer.from(prefix, 'utf8'), inline]);
  const result = await client.transact(linesOf(client, record, message, needs), content);
  const peerDsn = client.offers('DSN');
  if ('replies' in result)
    return {
      fates: result.replies.map((reply) => fateOfReply(reply, candidate.host)),
      peerDsn,
      sessionLost: client.broken !== null,
    };
  const { broken, phase } = result;
  const said = broken.response === undefined ? null : fateOfReply(broken.response, candidate.host);
  const where = phase === 'content' ? 'while sending the message' : 'in the envelope';
  const fate: Fate =
    said === null
      ? ownFate(
          'deferred',
          '4.4.2',
          `Connection to ${candidate.host}[${candidate.address}] lost ${where}: ${oneLine(broken.message)}`,
        )
      : { ...said, kind: 'deferred', status: said.kind === 'deferred' ? said.status : '4.3.2' };
  const unreadable = (broken as { code?: string }).code === 'ESTREAM' ? { unreadable: broken } : {};
  return { fates: all(fate), peerDsn, sessionLost: true, silent: said === null && phase === 'envelope', ...unreadable };
}
