import { buildBodyStructure } from '@postroad/message';
import type { FetchWant, MessageData } from '../backend.ts';
import { SessionEnd } from '../errors.ts';
import { formatDateTime } from '../parse/date-time.ts';
import type { FetchItem, SectionItem, SimpleKind, SizeItem } from '../parse/fetch-items.ts';
import type { Context } from '../session/context.ts';
import { type Located, located } from '../session/section.ts';
import { flagText } from '../session/sync.ts';
import type { ViewMode } from '../session/mode.ts';
import type { View } from '../session/view.ts';
import { formatBodyStructure } from '../write/body-structure.ts';
import type { Output } from '../write/output.ts';
import { formatString } from '../write/strings.ts';
import { requireDecodable, writeBinary, writeBinarySize, writeSection } from './fetch-section.ts';

/** What the store is to read for these items. */
export function wantOf(items: readonly FetchItem[]): FetchWant {
  const has = (kind: FetchItem['kind']): boolean => items.some((item) => item.kind === kind);
  return {
    envelope: has('envelope'),
    bodyStructure: has('bodystructure'),
    preview: has('preview'),
    structure: has('body') || items.some((item) => 'path' in item && item.path !== ''),
    content: items.some((item) => 'path' in item),
  };
}

function writeOctets(output: Output, message: Located, item: SectionItem | SizeItem): Promise<void> {
  if (item.kind === 'binary-size') return writeBinarySize(output, message, item);
  return item.kind === 'binary' ? writeBinary(output, message, item) : writeSection(output, message, item);
}

/** Writes FETCH responses of one command: `* n FETCH (…)`. */
export class FetchWriter {
  readonly #output: Output;
  readonly #view: View;
  readonly #mode: ViewMode;
  readonly #items: readonly FetchItem[];
  /** With FLAGS, for messages whose flags changed by being read. */
  readonly #itemsSeen: readonly FetchItem[];

  readonly #readsOctets: boolean;

  constructor({ output, view, mode }: Context, items: readonly FetchItem[]) {
    this.#output = output;
    this.#view = view;
    this.#mode = mode;
    this.#items = items;
    this.#readsOctets = items.some((item) => 'path' in item);
    const extra: FetchItem[] = [{ kind: 'flags' }];
    // RFC 7162 §3.1: what \Seen did to MODSEQ is told with it
    if (mode.condstore) extra.push({ kind: 'modseq' });
    this.#itemsSeen = [...extra.filter(({ kind }) => !items.some((item) => item.kind === kind)), ...items];
  }

  /** @throws Refusal when an item cannot be had; nothing of the message was written then */
  async write(message: MessageData, seen: boolean): Promise<void> {
    const source = this.#readsOctets ? located(message) : null;
    if (source) for (const item of this.#items) requireDecodable(source, item);
    try {
      await this.#write(message, source ?? message, seen ? this.#itemsSeen : this.#items);
    } catch (error) {
      if (error instanceof SessionEnd) throw error;
      // half a response is out: nothing that could follow would be understood
      throw new SessionEnd('[UNAVAILABLE] a message could not be read');
    }
  }

  async #write(message: MessageData, source: Located, items: readonly FetchItem[]): Promise<void> {
    const output = this.#output;
    const number = this.#mode.uidOnly ? message.uid : this.#view.sequence(message.uid);
    let text = `* ${String(number)} ${this.#mode.uidOnly ? 'UIDFETCH' : 'FETCH'} (`;
    let separator = '';
    for (const item of items) {
      text += separator;
      separator = ' ';
      switch (item.kind) {
        case 'envelope':
        case 'bodystructure':
          output.text(text + (item.kind === 'envelope' ? 'ENVELOPE ' : 'BODYSTRUCTURE '));
          output.bytes(this.#ready(message, item.kind));
          text = '';
          break;
        case 'section':
        case 'binary':
        case 'binary-size':
          output.text(text);
          text = '';
          await writeOctets(output, source, item);
          break;
        case 'body':
        case 'preview':
          output.text(text);
          text = '';
          this.#made(message, item.kind);
          break;
        default:
          text += this.#simple(message, item.kind);
      }
    }
    output.text(`${text})\r\n`);
  }

  #ready(message: MessageData, kind: 'envelope' | 'bodystructure'): Uint8Array {
    const octets = kind === 'envelope' ? message.envelope : message.bodyStructure;
    if (!octets) throw new Error(`the store gave no ${kind}`);
    return octets;
  }

  #made(message: MessageData, kind: 'body' | 'preview'): void {
    if (kind === 'preview') this.#output.add('PREVIEW ', formatString(message.preview ?? ''));
    else this.#output.add('BODY ', ...formatBodyStructure(buildBodyStructure(message.structure()), false));
  }

  #simple(message: MessageData, kind: Exclude<SimpleKind, 'envelope' | 'bodystructure' | 'body' | 'preview'>): string {
    switch (kind) {
      case 'flags':
        return `FLAGS (${flagText(this.#view, message, this.#mode)})`;
      case 'uid':
        return `UID ${String(message.uid)}`;
      case 'internaldate':
        return `INTERNALDATE "${formatDateTime(message.internalDate)}"`;
      case 'size':
        return `RFC822.SIZE ${String(message.size)}`;
      case 'modseq':
        return `MODSEQ (${String(message.modseq)})`;
      case 'emailid':
        return `EMAILID (${message.emailId})`;
      case 'threadid':
        return message.threadId === '' ? 'THREADID NIL' : `THREADID (${message.threadId})`;
      case 'savedate':
        return `SAVEDATE "${formatDateTime(message.savedAt)}"`;
    }
  }
}
