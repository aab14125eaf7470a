import { isQueueId } from '@postroad/mail';
import { createTransport } from 'nodemailer';
import { CliError } from './io.ts';

export interface Submission {
  /** host:port of the submission door (STARTTLS). */
  readonly address: string;
  /** What to trust; undefined: the system's authorities. */
  readonly ca: Buffer | undefined;
  readonly user: string;
  readonly password: string;
  readonly from: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly body: string;
}

export interface Submitted {
  /** Ours, when the reply names one. */
  readonly queueId: string | null;
  /** Without angle brackets. */
  readonly messageId: string;
  readonly accepted: readonly string[];
  readonly rejected: readonly string[];
  readonly response: string;
}

/** Submits one message with TLS and AUTH (RFC 6409, 8314). @throws CliError with the server's words */
export async function submit(submission: Submission): Promise<Submitted> {
  const at = submission.address.lastIndexOf(':');
  const transport = createTransport({
    ...{ host: submission.address.slice(0, at), port: Number(submission.address.slice(at + 1)), requireTLS: true },
    ...{ connectionTimeout: 10_000, greetingTimeout: 10_000, socketTimeout: 120_000 },
    auth: { user: submission.user, pass: submission.password },
    tls: submission.ca === undefined ? {} : { ca: submission.ca },
  });
  try {
    const { from, subject, body } = submission;
    const sent = (await transport.sendMail({ from, to: [...submission.to], subject, text: body })) as {
      messageId: string;
      response: string;
      accepted: unknown[];
      rejected: unknown[];
    };
    const named = /queued as (\S+)/.exec(sent.response)?.[1] ?? '';
    return {
      queueId: isQueueId(named) ? named : null,
      messageId: sent.messageId.replace(/^<(.*)>$/, '$1'),
      accepted: sent.accepted.map(String),
      rejected: sent.rejected.map(String),
      response: sent.response,
    };
  } catch (error) {
    const { code, response, message } = error as { code?: string; response?: string; message: string };
    throw new CliError(code ?? 'SEND_FAILED', response ?? message, HINTS[code ?? '']);
  } finally {
    transport.close();
  }
}

const HINTS: Readonly<Record<string, string>> = {
  EAUTH: 'the user is the whole address; set a new password with `postroad account passwd`',
  ECONNECTION: 'is Postroad running? `postroad doctor` looks closer',
  ESOCKET: 'is Postroad running, and does its certificate fit? `postroad doctor` looks closer',
};
