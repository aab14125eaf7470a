import { createTransport } from 'nodemailer';
import type { SendResult } from '../api-types.ts';
import { ApiError } from '../http/api-error.ts';
import type { Credentials, MailServers } from '../imap/servers.ts';
import type { Recipients } from './recipients.ts';

interface SmtpFailure {
  readonly code?: string;
  readonly responseCode?: number;
  readonly response?: string;
  readonly recipient?: string;
  readonly rejectedErrors?: readonly SmtpFailure[];
  readonly message?: string;
}

/** Gives a message to the submission server, as the person who wrote it. Resolves when the server took it (its 250). */
export async function submit(
  servers: MailServers,
  { address, password }: Credentials,
  hostname: string,
  recipients: Recipients,
  content: Buffer,
): Promise<SendResult['refused']> {
  const transport = createTransport({
    ...servers.smtp,
    secure: true,
    tls: servers.tls,
    name: hostname,
    auth: { user: address, pass: password },
    connectionTimeout: 10_000,
    greetingTimeout: 30_000,
    // The server may take its time before the 250 (RFC 5321 §4.5.3.2.6).
    socketTimeout: 10 * 60_000,
    disableFileAccess: true,
    disableUrlAccess: true,
    logger: false,
  });
  const to = [...recipients.to, ...recipients.cc, ...recipients.bcc].map((person) => person.address);
  try {
    const info = await transport.sendMail({ envelope: { from: address, to: [...new Set(to)] }, raw: content });
    return ((info as { rejectedErrors?: readonly SmtpFailure[] }).rejectedErrors ?? []).map(refusal);
  } catch (error) {
    throw submissionError(error as SmtpFailure);
  } finally {
    transport.close();
  }
}

const refusal = ({ recipient, response, message }: SmtpFailure) => ({
  address: recipient ?? '',
  reason: (response ?? message ?? 'refused').slice(0, 500),
});

/** What the server said is what the person reads: it knows best why. */
export function submissionError(failure: SmtpFailure): ApiError {
  const first = failure.rejectedErrors?.[0] ?? failure;
  const { responseCode, response } = first;
  if (failure.code === 'EAUTH')
    return new ApiError(401, 'SIGNED_OUT', 'The server did not accept your password. Sign in again.');
  if (responseCode === undefined || response === undefined)
    return new ApiError(
      503,
      'UNREACHABLE',
      'The mail server cannot be reached right now. Your message is kept as a draft.',
      5,
    );
  const about = first.recipient === undefined ? '' : `${first.recipient}: `;
  const text = `${about}${response}`.slice(0, 700);
  return responseCode >= 500
    ? new ApiError(422, 'REFUSED', `The server refused this message. ${text}`)
    : new ApiError(503, 'TRY_LATER', `The server cannot take this message now. ${text}`, 60);
}
