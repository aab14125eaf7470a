import { corpusFiles } from '@postroad/message/testing';
import type { Kinds } from './explained.ts';

/** One message of the corpus, as both servers get it. */
export interface GoldenMessage {
  /** Its file below the corpus. */
  readonly name: string;
  readonly octets: Buffer;
}

/**
 * Every message of the corpus with CRLF line ends, as SMTP would have brought it (RFC 5322 §2.3); what stays of bare CR is kept. NUL
 * cannot be appended (RFC 9051 §9: CHAR8), so messages with NUL are not among them: `leftOut` counts them.
 */
export function goldenMessages(): { readonly messages: readonly GoldenMessage[]; readonly leftOut: readonly string[] } {
  const messages: GoldenMessage[] = [];
  const leftOut: string[] = [];
  for (const { name, bytes } of corpusFiles('')) {
    if (!isMessage(name) || bytes.length === 0) continue;
    const text = bytes.toString('latin1').replace(/\r?\n/g, '\r\n');
    if (text.includes('\0')) leftOut.push(name);
    else messages.push({ name, octets: Buffer.from(text, 'latin1') });
  }
  return { messages, leftOut };
}

function isMessage(name: string): boolean {
  return /\.(?:eml|msg)$/.test(name) || /testmsgs\/.*\.txt$/.test(name);
}

/** A different instant for each, so that SORT ARRIVAL and INTERNALDATE say something (RFC 9051 §2.3.3). */
export function goldenDate(index: number): string {
  const date = new Date(Date.UTC(2024, 0, 1) + ((index * 7919) % 100_000) * 61_000);
  const [, month = '', day = '', year = ''] = /^\w+ (\w+) (\d+) (\d+)/.exec(date.toDateString()) ?? [];
  return `${day}-${month}-${year} ${date.toISOString().slice(11, 19)} +0000`;
}

/** Files that are malformed on purpose; goldens/explained.ts says what of each. */
const MALFORMED =
  /malformed\/(?:016|017)|rfc\/001|thirdparty\/009|double-semicolon|multi-digest\.msg|very-(?:very-)?long-boundary/;

/** Which messages are not like others, by what is in them. */
export function kindsOf(messages: readonly GoldenMessage[]): Kinds {
  const kinds = { odd: new Set<number>(), html: new Set<number>(), structure: new Set<number>() };
  for (const [i, { name, octets }] of messages.entries()) {
    const text = octets.toString('latin1');
    const header = text.split('\r\n\r\n', 1)[0] ?? '';
    const dates = header.match(/^date:/gim) ?? [];
    // 8-bit octets, an encoded-word without a charset, addresses without a domain, two Date fields
    if (/[\x80-\xff]|=\?\?|^(?:from|to): *[\w -]+(?:<\w*>)?\r?$/im.test(header) || dates.length > 1) kinds.odd.add(i + 1);
    if (/text\/(?:html|x?html)/i.test(text)) kinds.html.add(i + 1);
    if (MALFORMED.test(name)) kinds.structure.add(i + 1);
  }
  return kinds;
}
