/** What the sender knows about one message. */
export interface Sent {
  readonly id: string;
  readonly door: 'mx' | 'submission';
  readonly sender: string;
  /** Mailboxes of ours that must get it (aliases expanded). */
  readonly mailboxes: readonly string[];
  /** Foreign addresses that the peer takes. */
  readonly remote: readonly string[];
  /** Foreign addresses that the peer refuses for good: each message with some makes one notification to the sender. */
  readonly refused: readonly string[];
  /** `accepted`: a 250 was read. `unknown`: the content was sent and no answer came. `refused`: certainly not taken. */
  outcome: 'accepted' | 'unknown' | 'refused';
  queueId?: string;
}

export interface Findings {
  readonly accepted: number;
  readonly unanswered: number;
  /** Copies that an accepted message should have in a mailbox (or as a notification) and has not. */
  readonly lost: number;
  /** Copies beyond the first, of any message. */
  readonly duplicates: number;
  /** Accepted messages that never reached the other server. */
  readonly relayLost: number;
  /** Copies beyond the first at the other server: a process killed between the peer's 250 and our record of it. */
  readonly relayDuplicates: number;
  readonly notifications: number;
  readonly details: readonly string[];
}

const MAX_DETAILS = 20;

/**
 * Compares what was promised with what is there. `mailboxes`: copies by mailbox and id; `notifications`: by sender's mailbox
 * and id; `relayed`: copies by foreign address and id.
 */
export function reconcile(
  ledger: readonly Sent[],
  found: { readonly mailboxes: Counts; readonly notifications: Counts; readonly relayed: Counts },
): Findings {
  const details: string[] = [];
  const tally = { lost: 0, duplicates: 0, relayLost: 0, relayDuplicates: 0, notifications: 0 };
  const note = (text: string) => details.length < MAX_DETAILS && details.push(text);
  const check = (
    sent: Sent,
    where: string,
    copies: number,
    lost: 'lost' | 'relayLost',
    doubled: 'duplicates' | 'relayDuplicates',
  ) => {
    if (copies === 0 && sent.outcome === 'accepted') {
      tally[lost]++;
      note(`${sent.id} (${sent.queueId ?? 'no queue id'}) is missing at ${where}`);
    }
    if (copies > 1) {
      tally[doubled] += copies - 1;
      note(`${sent.id} (${sent.queueId ?? sent.outcome}) is ${copies} times at ${where}`);
    }
  };
  for (const sent of ledger) {
    for (const mailbox of sent.mailboxes)
      check(sent, mailbox, found.mailboxes.of(mailbox, sent.id), 'lost', 'duplicates');
    for (const address of sent.remote)
      check(sent, address, found.relayed.of(address, sent.id), 'relayLost', 'relayDuplicates');
    if (sent.refused.length === 0) continue;
    const told = found.notifications.of(sent.sender, sent.id);
    tally.notifications += told;
    check(sent, `${sent.sender} (notification)`, told, 'lost', 'duplicates');
  }
  return {
    accepted: ledger.filter((sent) => sent.outcome === 'accepted').length,
    unanswered: ledger.filter((sent) => sent.outcome === 'unknown').length,
    ...tally,
    details,
  };
}

/** How often an id was found at a place. */
export class Counts {
  readonly #counts = new Map<string, number>();
  add(place: string, id: string): void {
    const key = `${place}\0${id}`;
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
  }
  of(place: string, id: string): number {
    return this.#counts.get(`${place}\0${id}`) ?? 0;
  }
}
