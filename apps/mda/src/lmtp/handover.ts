import { randomBytes } from 'node:crypto';
import { BlockList, isIPv6 } from 'node:net';
import type { Account, DirectoryReader } from '@postroad/directory';
import { type EnvelopeRecipient, makeQueueId, type QueueId } from '@postroad/mail';
import { type DeliveryItem, type DeliveryResult, type MailStore, StoreError } from '@postroad/mailstore';
import {
  errorReply,
  type NetLogger,
  receivedField,
  SmtpRefusal,
  type SmtpSession,
  type SmtpSessionHandler,
  type SmtpTransaction,
  takeContent,
} from '@postroad/net';
import { formatAddress, formatPath, reply, type Reply } from '@postroad/smtp';
import { type MailEvent, type Metrics, METRICS } from '@postroad/telemetry';
import type { ChangeHints } from '../imap/types.ts';
import { HeldContent } from './held-content.ts';

export interface LmtpDeps {
  readonly store: MailStore;
  readonly directory: Pick<DirectoryReader, 'resolve' | 'account'>;
  readonly hints: ChangeHints;
  readonly logger: NetLogger;
  readonly events?: (event: Omit<MailEvent, 'at'>) => void;
  readonly metrics?: Metrics | undefined;
}

export interface HandoverConfig {
  readonly hostname: string;
  /** Addresses and CIDR blocks that may deliver. */
  readonly from: readonly string[];
  /** A full mailbox: try again (452), or not (552). */
  readonly overQuota?: 'defer' | 'refuse';
}

const NOT_YOU = reply(554, '5.7.1', 'This host may not deliver here');
const NO_SUCH_MAILBOX = reply(550, '5.1.1', 'No such mailbox here');
const SUSPENDED = reply(450, '4.2.1', 'The mailbox is disabled');
const NOT_A_MAILBOX = reply(550, '5.1.1', 'An alias is no mailbox: the MTA expands it');
const FULL = reply(452, '4.2.2', 'The mailbox is full');
const FULL_FOR_GOOD = reply(552, '5.2.2', 'The mailbox is full');
const STORE_AWAY = reply(451, '4.3.0', 'The mailbox store cannot be written now, try again later');
const TOO_MANY_HOPS = reply(554, '5.4.6', 'Too many hops: this message goes in a loop');
const MAX_HOPS = 100;

/** LMTP (RFC 2033): the whole responsibility passes with each 250, which therefore comes after the commit. */
export class Handover implements SmtpSessionHandler {
  readonly #deps: LmtpDeps;
  readonly #config: HandoverConfig;
  readonly #allowed = new BlockList();

  constructor(deps: LmtpDeps, config: HandoverConfig) {
    this.#deps = deps;
    this.#config = config;
    for (const entry of config.from) allow(this.#allowed, entry);
  }

  connect({ remoteAddress }: SmtpSession): Reply | null {
    return this.#allowed.check(remoteAddress, isIPv6(remoteAddress) ? 'ipv6' : 'ipv4') ? null : NOT_YOU;
  }

  mail(): Reply | null {
    return null;
  }

  async rcpt(_: SmtpSession, { forwardPath }: EnvelopeRecipient): Promise<Reply | null> {
    const found = await this.#deps.directory.resolve(forwardPath);
    if (found.kind === 'account') return found.account.state === 'active' ? null : SUSPENDED;
    return found.kind === 'alias' ? NOT_A_MAILBOX : NO_SUCH_MAILBOX;
  }

  async data(
    session: SmtpSession,
    transaction: SmtpTransaction,
    content: AsyncIterable<Buffer>,
  ): Promise<Reply | readonly Reply[]> {
    const held = new HeldContent();
    const queueId = makeQueueId(Date.now(), randomBytes(10));
    try {
      await takeContent(content, held, (section) => {
        if (section.all('received').length >= MAX_HOPS) throw new SmtpRefusal(TOO_MANY_HOPS);
        return section;
      });
      return await this.#file(session, transaction, held, queueId);
    } catch (error) {
      if (error instanceof StoreError && (error.code === 'UNAVAILABLE' || error.code === 'CLOSED')) return STORE_AWAY;
      return errorReply(error, (err) => {
        this.#deps.logger.error({ err, session: session.id, queueId }, 'a delivery over LMTP failed');
      });
    } finally {
      await held.discard();
    }
  }

  /** One transaction of the store for all recipients: one fsync. */
  async #file(
    session: SmtpSession,
    transaction: SmtpTransaction,
    held: HeldContent,
    queueId: QueueId,
  ): Promise<readonly Reply[]> {
    const source = held.source();
    const trace = receivedField({ session, transaction, hostname: this.#config.hostname, queueId, time: Date.now() });
    const accounts = await Promise.all(transaction.recipients.map((recipient) => this.#accountOf(recipient)));
    const items: DeliveryItem[] = [];
    for (const [i, { forwardPath }] of transaction.recipients.entries()) {
      const account = accounts[i];
      if (!account) continue;
      const prefix = `Return-Path: ${formatPath(transaction.reversePath)}\r\nDelivered-To: ${formatAddress(forwardPath)}\r\n${trace}`;
      items.push({
        accountId: account.id,
        queueId,
        finalRecipient: account.address,
        internalDate: Date.now(),
        prefix: Buffer.from(prefix),
        content: source,
        quota: account.quota,
      });
    }
    const results = items.length > 0 ? await this.#deps.store.deliver(items) : [];
    let next = 0;
    return transaction.recipients.map((recipient, i) => {
      const [account, item] = [accounts[i], items[next]];
      // it went between RCPT and the end of the data
      if (!account || !item) return NO_SUCH_MAILBOX;
      return this.#settle(session, transaction, { item, result: results[next++], recipient });
    });
  }

  async #accountOf({ forwardPath }: EnvelopeRecipient): Promise<Account | null> {
    const found = await this.#deps.directory.resolve(forwardPath);
    return found.kind === 'account' ? found.account : null;
  }

  #settle(
    session: SmtpSession,
    { reversePath }: SmtpTransaction,
    done: {
      readonly item: DeliveryItem;
      readonly result: DeliveryResult | undefined;
      readonly recipient: EnvelopeRecipient;
    },
  ): Reply {
    const { item, result, recipient } = done;
    const filed = result?.status === 'filed' || result?.status === 'duplicate';
    const full = this.#config.overQuota === 'refuse' ? FULL_FOR_GOOD : FULL;
    const answer = filed ? reply(250, '2.1.5', `OK, filed as ${item.queueId}`) : full;
    if (filed) this.#deps.hints.publish(item.accountId);
    else this.#deps.metrics?.count(METRICS.quotaRefusals, { door: 'lmtp' });
    this.#deps.events?.({
      agent: 'mda',
      step: filed ? 'delivered' : 'deferred',
      queueId: item.queueId as QueueId,
      sender: reversePath === null ? '<>' : formatAddress(reversePath),
      recipients: [formatAddress(recipient.forwardPath)],
      host: session.remoteAddress,
      ...(!filed && { status: '4.2.2', detail: answer.lines.join(' ') }),
    });
    return answer;
  }
}

function allow(list: BlockList, entry: string): void {
  const [address = '', bits] = entry.split('/');
  const family = isIPv6(address) ? 'ipv6' : 'ipv4';
  if (bits === undefined) list.addAddress(address, family);
  else list.addSubnet(address, Number(bits), family);
}
