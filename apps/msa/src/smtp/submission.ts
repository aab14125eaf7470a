import type { EnvelopeRecipient } from '@postroad/mail';
import { DirectoryUnavailable, type Account, type DirectoryReader } from '@postroad/directory';
import {
  acceptMessage,
  type DoorServices,
  type NetLogger,
  type SmtpCredentials,
  type SmtpSession,
  type SmtpSessionHandler,
  type SmtpTransaction,
} from '@postroad/net';
import { reply, type Mail, type Reply } from '@postroad/smtp';
import { checkAuthors, checkForm } from './message-check.ts';
import { repair, traceparentIn } from './message-repair.ts';

/** What the role needs; `spool` is a `Spool` of @postroad/spool. */
export interface SubmissionDeps extends DoorServices {
  readonly directory: DirectoryReader;
  readonly logger: NetLogger;
}

const AUTH_REQUIRED = reply(530, '5.7.0', 'Authentication required');
const AUTH_LATER = reply(454, '4.7.0', 'Temporary authentication failure');
const SPOOL_FULL = reply(452, '4.3.1', 'Insufficient storage, try again later');
const NOT_YOURS = reply(550, '5.7.1', 'Not allowed to send as this address');
const NO_SUCH_USER = reply(550, '5.1.1', 'No such user here');

/** Message submission (RFC 6409): nobody sends without AUTH, nor as somebody else. */
export class Submission implements SmtpSessionHandler<Account> {
  readonly #deps: SubmissionDeps;
  readonly #hostname: string;

  constructor(deps: SubmissionDeps, hostname: string) {
    this.#deps = deps;
    this.#hostname = hostname;
  }

  async auth(session: SmtpSession<Account>, credentials: SmtpCredentials): Promise<{ user: Account } | Reply | null> {
    const { directory, logger } = this.#deps;
    try {
      const account = await directory.authenticate(credentials.username, credentials.password);
      const fields = { session: session.id, peer: session.remoteAddress, mechanism: credentials.mechanism };
      if (account === null) logger.warn(fields, 'authentication failed');
      else logger.info({ ...fields, account: account.id }, 'authenticated');
      return account === null ? null : { user: account };
    } catch (error) {
      // 454 rather than 451: it is the code that says the password may be right (RFC 4954 §6).
      if (error instanceof DirectoryUnavailable) return AUTH_LATER;
      throw error;
    }
  }

  async mail({ user }: SmtpSession<Account>, { reversePath }: Mail): Promise<Reply | null> {
    if (user === null) return AUTH_REQUIRED;
    if (!this.#deps.spool.admits()) return SPOOL_FULL;
    if (reversePath === null) return null;
    return (await this.#deps.directory.mayUse(user, reversePath)) ? null : NOT_YOURS;
  }

  async rcpt(_: SmtpSession<Account>, { forwardPath }: EnvelopeRecipient): Promise<Reply | null> {
    const found = await this.#deps.directory.resolve(forwardPath);
    return found.kind === 'unknown' ? NO_SUCH_USER : null;
  }

  async data(
    session: SmtpSession<Account>,
    transaction: SmtpTransaction,
    content: AsyncIterable<Buffer>,
  ): Promise<Reply> {
    const { user } = session;
    if (user === null) return AUTH_REQUIRED;
    const { directory, logger } = this.#deps;
    const hostname = this.#hostname;
    return await acceptMessage(
      {
        agent: 'msa',
        services: this.#deps,
        session,
        transaction,
        content,
        hostname,
        origin: {
          kind: 'submission',
          clientAddress: session.remoteAddress,
          accountId: user.id,
          ...(session.hello !== null && { helo: session.hello.name }),
        },
        header: async (section, queueId) => {
          checkForm(section);
          await checkAuthors(section, (address) => directory.mayUse(user, address));
          return { section: repair(section, queueId, hostname, Date.now()), parent: traceparentIn(section) };
        },
      },
      (err) => {
        logger.error({ err, session: session.id }, 'submission failed');
      },
    );
  }
}
