import type { EnvelopeRecipient } from '@postroad/mail';
import type { DirectoryReader } from '@postroad/directory';
import type { HeaderSection } from '@postroad/message';
import {
  acceptMessage,
  SmtpRefusal,
  type DoorServices,
  type NetLogger,
  type SmtpSession,
  type SmtpSessionHandler,
  type SmtpTransaction,
} from '@postroad/net';
import { reply, type Reply } from '@postroad/smtp';

/** What the role needs; `spool` is a `Spool` of @postroad/spool. */
export interface MxDeps extends DoorServices {
  readonly directory: DirectoryReader;
  readonly logger: NetLogger;
}

const SPOOL_FULL = reply(452, '4.3.1', 'Insufficient storage, try again later');
const RELAY_DENIED = reply(550, '5.7.1', 'Relay access denied');
const NO_SUCH_USER = reply(550, '5.1.1', 'No such user here');
const TOO_MANY_HOPS = reply(554, '5.4.6', 'Too many hops: this message goes in a loop');

/** Received fields that make a loop (RFC 5321 §6.3 asks for at least 100). */
const MAX_HOPS = 100;

/** Mail from the world (RFC 5321): for domains of ours and users we know, and nobody else. */
export class Reception implements SmtpSessionHandler {
  readonly #deps: MxDeps;
  readonly #hostname: string;

  constructor(deps: MxDeps, hostname: string) {
    this.#deps = deps;
    this.#hostname = hostname;
  }

  mail(): Reply | null {
    return this.#deps.spool.admits() ? null : SPOOL_FULL;
  }

  async rcpt(_: SmtpSession, { forwardPath }: EnvelopeRecipient): Promise<Reply | null> {
    const found = await this.#deps.directory.resolve(forwardPath);
    if (found.kind === 'foreign') return RELAY_DENIED;
    // postmaster is always there (RFC 5321 §4.5.1), also before the domain has named somebody for it.
    return found.kind === 'unknown' && forwardPath.localPart.toLowerCase() !== 'postmaster' ? NO_SUCH_USER : null;
  }

  async data(session: SmtpSession, transaction: SmtpTransaction, content: AsyncIterable<Buffer>): Promise<Reply> {
    return await acceptMessage(
      {
        agent: 'mta',
        services: this.#deps,
        session,
        transaction,
        content,
        hostname: this.#hostname,
        origin: {
          kind: 'mx',
          clientAddress: session.remoteAddress,
          ...(session.hello !== null && { helo: session.hello.name }),
        },
        header: (section) => {
          checkHops(section);
          return Promise.resolve({ section });
        },
      },
      (err) => {
        this.#deps.logger.error({ err, session: session.id }, 'reception failed');
      },
    );
  }
}

function checkHops(section: HeaderSection): void {
  if (section.all('received').length >= MAX_HOPS) throw new SmtpRefusal(TOO_MANY_HOPS);
}
