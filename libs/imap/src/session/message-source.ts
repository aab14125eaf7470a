import type { IncomingMessage } from '../backend.ts';
import { Refusal } from '../errors.ts';
import { packFlagNames } from '../parse/flags.ts';
import { parseDateTime } from '../parse/date-time.ts';
import { utf8 } from '../parse/arguments.ts';
import type { Context } from './context.ts';
import { allOrNothing } from './message-limit.ts';
import { urlContent } from './url-content.ts';

/** What a message of APPEND begins with, and how its octets come. */
interface Head {
  readonly flags: readonly string[];
  /** ms since the epoch; null: now. */
  readonly date: number | null;
  readonly data: 'literal' | 'utf8' | 'catenate';
}

/**
 * The messages of one APPEND or REPLACE (RFC 9051 §6.3.12, RFC 3502, RFC 4469, RFC 6855 §4, RFC 3516 §4.4), read as the store
 * asks for them: nothing is held but the line at hand. What goes wrong on the way is `failure`, whatever the store makes of it.
 */
export class MessageSource implements AsyncIterable<IncomingMessage> {
  readonly #context: Context;
  readonly #single: boolean;
  #head: Head;
  #count = 0;
  failure: unknown = null;

  /** Reads the head of the first message. @throws ParseError, Refusal */
  constructor(context: Context, options: { readonly single: boolean }) {
    this.#context = context;
    this.#single = options.single;
    this.#head = this.#readHead();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<IncomingMessage> {
    const { incoming } = this.#context;
    try {
      for (;;) {
        const { flags, date, data } = this.#head;
        const content = this.#guarded(data);
        const size = data === 'catenate' ? null : incoming.size;
        yield { flags, internalDate: date ?? Date.now(), size, content };
        // a store that did not read it to its end still gets the next one right
        for await (const rest of content) void rest;
        if (incoming.atEnd) return;
        this.#head = this.#readHead();
      }
    } catch (error) {
      this.failure ??= error;
      throw error;
    }
  }

  #readHead(): Head {
    const { incoming, limits } = this.#context;
    const { args } = incoming;
    if (this.#single && this.#count > 0) args.fail('the end of the command');
    allOrNothing(this.#context, ++this.#count);
    if (this.#count > limits.appendMessages) throw new Refusal('NO', 'LIMIT', 'too many messages in one APPEND');
    args.space();
    let flags: readonly string[] = [];
    if (args.peek() === '(') {
      flags = packFlagNames(args.list(() => args.flag()));
      args.space();
    }
    let date: number | null = null;
    if (args.peek() === '"') {
      date = parseDateTime(args.string()) ?? args.fail('a date-time');
      args.space();
    }
    return { flags, date, data: this.#readData() };
  }

  #readData(): Head['data'] {
    const { incoming } = this.#context;
    const { args } = incoming;
    if (args.skip('CATENATE (')) return 'catenate';
    const isUtf8 = args.skip('UTF8 (');
    // literal8 (RFC 3516 §4.4); the octets are kept as they are
    if (!args.skip('~') && isUtf8) args.fail('a literal8');
    if (!incoming.atLiteral) args.fail('a literal');
    this.#requireSize(incoming.size);
    // RFC 3501 §6.3.11 gives the empty message no meaning; clients cancel with `{0}` (RFC 3502 §3)
    if (incoming.size === 0) throw new Refusal('NO', undefined, 'an empty message is not stored');
    return isUtf8 ? 'utf8' : 'literal';
  }

  #requireSize(size: number): void {
    if (size > this.#context.limits.append) throw new Refusal('NO', 'TOOBIG', 'message too large');
  }

  async *#guarded(data: Head['data']): AsyncGenerator<Uint8Array> {
    try {
      if (data === 'catenate') yield* this.#catenated();
      else yield* this.#context.incoming.content();
      if (data === 'utf8') this.#context.incoming.args.expect(')');
    } catch (error) {
      this.failure ??= error;
      throw error;
    }
  }

  /** Parts given by text and by URL (RFC 4469 §3), up to the closing parenthesis. */
  async *#catenated(): AsyncGenerator<Uint8Array> {
    const { incoming } = this.#context;
    let size = 0;
    do {
      for await (const piece of this.#part()) {
        size += piece.length;
        this.#requireSize(size);
        yield piece;
      }
    } while (incoming.args.skip(' '));
    incoming.args.expect(')');
    if (size === 0) throw new Refusal('NO', undefined, 'an empty message is not stored');
  }

  async *#part(): AsyncGenerator<Uint8Array> {
    const { incoming, limits } = this.#context;
    const { args } = incoming;
    if (args.skip('TEXT ')) {
      args.skip('~');
      if (!incoming.atLiteral) args.fail('a literal');
      this.#requireSize(incoming.size);
      yield* incoming.content();
      return;
    }
    args.expect('URL ');
    const url = incoming.atLiteral ? (await incoming.hold(limits.literal)).toString('latin1') : args.astring();
    yield* urlContent(this.#context, utf8(url));
  }
}
