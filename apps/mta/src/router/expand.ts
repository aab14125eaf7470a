import { plainAddress, type RecordRecipient } from '@postroad/bus';
import { type Alias, type DirectoryReader, splitAddress } from '@postroad/directory';
import type { Envelope, EnvelopeRecipient, RecipientStatus } from '@postroad/mail';

/** Limits of alias expansion: levels of aliases inside aliases, and recipients that one message may grow to. */
const MAX_DEPTH = 10;
const MAX_FAN_OUT = 1_000;

/** A recipient whose fate is known already at routing. */
export interface SettledRecipient extends EnvelopeRecipient {
  readonly settled: RecipientStatus;
}

/** Somebody elsewhere, and the domain of the alias that sends it on to him; null when the sender named him. */
export interface RemoteRecipient {
  readonly recipient: RecordRecipient;
  readonly via: string | null;
}

/** Where every recipient of a message goes. */
export interface Expansion {
  readonly local: readonly RecordRecipient[];
  readonly remote: readonly RemoteRecipient[];
  /** Nobody by that name, an alias that leads to itself, or too many: told to the sender. */
  readonly refused: readonly SettledRecipient[];
  /** Aliases with more than one target, whose sender asked to hear of success (RFC 3461 §5.2.7.3). */
  readonly expanded: readonly SettledRecipient[];
}

const failed = (status: RecipientStatus['status'], diagnostic: string): RecipientStatus => ({
  outcome: 'failed',
  status,
  diagnostic,
});

/** Follows every recipient through the directory to accounts and foreign addresses; each is named once, however it was reached. */
export async function expandRecipients(envelope: Envelope, directory: DirectoryReader): Promise<Expansion> {
  const walk = new Walk(directory);
  for (const recipient of envelope.recipients) await walk.follow(recipient, [], null);
  return walk.result();
}

class Walk {
  readonly #directory: DirectoryReader;
  readonly #local = new Map<string, RecordRecipient>();
  readonly #remote = new Map<string, RemoteRecipient>();
  readonly #refused: SettledRecipient[] = [];
  readonly #expanded: SettledRecipient[] = [];

  constructor(directory: DirectoryReader) {
    this.#directory = directory;
  }

  result(): Expansion {
    return {
      local: [...this.#local.values()],
      remote: [...this.#remote.values()],
      refused: this.#refused,
      expanded: this.#expanded,
    };
  }

  async follow(recipient: EnvelopeRecipient, path: readonly string[], via: string | null): Promise<void> {
    const found = await this.#directory.resolve(recipient.forwardPath);
    const name = plainAddress(recipient.forwardPath);
    switch (found.kind) {
      case 'unknown':
        this.#refuse(recipient, failed('5.1.1', `there is no mailbox ${name} here`));
        return;
      case 'foreign':
        this.#add(this.#remote, name, { recipient, via }, recipient);
        return;
      case 'account': {
        const finalRecipient = found.account.address;
        this.#add(
          this.#local,
          finalRecipient,
          { ...recipient, accountId: found.account.id, finalRecipient, detail: found.detail },
          recipient,
        );
        return;
      }
      case 'alias': {
        if (path.includes(found.alias.id) || path.length >= MAX_DEPTH) {
          this.#refuse(recipient, failed('5.4.6', `the alias ${name} leads to itself`));
          return;
        }
        await this.#through(recipient, found.alias, path);
      }
    }
  }

  /** RFC 3461 §5.2.7: one target inherits what was asked; with several, success is told once, by the alias. */
  async #through(recipient: EnvelopeRecipient, alias: Alias, path: readonly string[]): Promise<void> {
    const { targets } = alias;
    const via = alias.address.slice(alias.address.lastIndexOf('@') + 1);
    const { notify } = recipient;
    const name = plainAddress(recipient.forwardPath);
    const originalRecipient = recipient.originalRecipient ?? { type: 'rfc822', address: name };
    const several = targets.length > 1;
    if (several && notify?.includes('SUCCESS') === true)
      this.#expanded.push({
        ...recipient,
        settled: { outcome: 'expanded', status: '2.0.0', diagnostic: `sent on to ${targets.length} addresses` },
      });
    const rest = several ? notify?.filter((each) => each !== 'SUCCESS') : notify;
    // Nothing left to hear of is said as NEVER: an absent NOTIFY would mean "failures".
    const inherited = rest === undefined ? {} : { notify: rest.length === 0 ? (['NEVER'] as const) : rest };
    for (const target of targets) {
      const forwardPath = splitAddress(target);
      if (forwardPath !== null)
        await this.follow({ forwardPath, originalRecipient, ...inherited }, [...path, alias.id], via);
    }
  }

  #add<T>(to: Map<string, T>, key: string, value: T, recipient: EnvelopeRecipient): void {
    if (to.has(key)) return;
    if (this.#local.size + this.#remote.size >= MAX_FAN_OUT)
      this.#refuse(recipient, failed('5.4.6', `more than ${MAX_FAN_OUT} recipients after expansion`));
    else to.set(key, value);
  }

  #refuse(recipient: EnvelopeRecipient, settled: RecipientStatus): void {
    this.#refused.push({ ...recipient, settled });
  }
}
