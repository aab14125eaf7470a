import type { Reader } from '../read/reader.ts';
import { MailboxColumns } from './columns.ts';

/** Octets of all columns held; the ones not used for longest go first. */
const LIMIT = 128 << 20;

/** Columns of the mailboxes searched last. */
export class ColumnCache {
  readonly #held = new Map<number, MailboxColumns>();
  readonly #inUse = new Map<MailboxColumns, number>();

  /** Columns of a mailbox as it is now, for the time of one request: call `release` after it. */
  take(reader: Reader, account: number, mailbox: number): MailboxColumns {
    const now = reader.mailboxById(account, mailbox);
    let columns = this.#held.get(mailbox);
    // whoever works on them in between must not see positions move
    if (!columns || this.#inUse.has(columns) || !columns.update(reader, now)) {
      columns = new MailboxColumns(mailbox);
      columns.update(reader, now);
    }
    this.#held.delete(mailbox);
    this.#held.set(mailbox, columns);
    this.#inUse.set(columns, (this.#inUse.get(columns) ?? 0) + 1);
    return columns;
  }

  release(columns: MailboxColumns): void {
    const users = (this.#inUse.get(columns) ?? 1) - 1;
    if (users > 0) this.#inUse.set(columns, users);
    else this.#inUse.delete(columns);
    let octets = 0;
    for (const held of this.#held.values()) octets += held.octets;
    for (const [mailbox, held] of this.#held) {
      if (octets <= LIMIT) break;
      octets -= held.octets;
      this.#held.delete(mailbox);
    }
  }
}
