import type { Context } from '../session/context.ts';
import { formatMailbox } from '../write/mailbox.ts';

type Entries = ReadonlyMap<string, string>;

/** Annotations as they were last seen (RFC 5465 §5.6, §5.7). The key null is the server. */
export class MetadataWatch {
  readonly #context: Context;
  #known = new Map<string | null, Entries>();

  constructor(context: Context) {
    this.#context = context;
  }

  /** Looks at these; writes which entries differ, unless it sees them for the first time or the client changed them itself. */
  async look(names: readonly (string | null)[], caused: ReadonlySet<string | null>): Promise<void> {
    const next = new Map<string | null, Entries>();
    for (const name of names) {
      const now = await this.#read(name);
      const before = this.#known.get(name);
      if (now) next.set(name, now);
      if (now && before && !caused.has(name)) this.#tell(name, before, now);
    }
    this.#known = next;
  }

  /** Null for what may not be read any more. */
  async #read(name: string | null): Promise<Entries | null> {
    try {
      const values = await this.#context.account.annotations(name);
      return new Map(values.map(({ entry, value }) => [entry, Buffer.from(value ?? []).toString('base64')]));
    } catch (error) {
      const { code } = error as { code?: unknown };
      if (code === 'NOT_FOUND' || code === 'NO_PERMISSION') return null;
      throw error;
    }
  }

  /** RFC 5464 §4.4.2: names only; entry names are atoms without quotes. */
  #tell(name: string | null, before: Entries, now: Entries): void {
    const changed = [...new Set([...before.keys(), ...now.keys()])].filter(
      (entry) => before.get(entry) !== now.get(entry),
    );
    if (changed.length === 0) return;
    const mailbox = name === null ? '""' : formatMailbox(this.#context, name);
    this.#context.output.add('* METADATA ', mailbox, ` ${changed.join(' ')}\r\n`);
  }
}
