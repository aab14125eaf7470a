import { decodeWords } from '@postroad/message';
import type { GoldenMessage } from './messages.ts';

/** What both servers are asked about the whole mailbox. Made from the mail itself, the same every time. */
export function questions(messages: readonly GoldenMessage[]): string[] {
  return [...searches(messages), ...sorts(), ...threads()];
}

function searches(messages: readonly GoldenMessage[]): string[] {
  const quoted = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`;
  const list = [
    'ALL',
    'SEEN',
    'UNSEEN',
    'DELETED',
    'LARGER 2000',
    'SMALLER 700',
    'NOT LARGER 5000',
    '1:20',
    'UID 5:40',
  ];
  for (const key of ['BEFORE', 'ON', 'SINCE', 'SENTBEFORE', 'SENTON', 'SENTSINCE'])
    for (const day of ['1-Jan-2000', '2-Jan-2024', '15-Feb-2024', '20-Mar-2024', '7-Nov-1996'])
      list.push(`${key} ${day}`);
  for (const header of ['received', 'message-id', 'x-mailer', 'content-type', 'list-id', 'mime-version', 'bcc'])
    list.push(`HEADER ${header} ""`);
  for (const [field, words] of headerWords(messages))
    for (const word of words) list.push(`${field} ${quoted(word)}`, `HEADER ${field} ${quoted(word)}`);
  for (const word of bodyWords(messages)) list.push(`BODY ${quoted(word)}`, `TEXT ${quoted(word)}`);
  list.push('OR SUBJECT "test" FROM "joe"', 'NOT TEXT "the"', 'OR (LARGER 1000 SUBJECT "re") NOT SINCE 1-Feb-2024');
  return list.map((key) => `UID SEARCH CHARSET UTF-8 ${key}`);
}

/** Words of header fields, decoded: from every seventh message. */
function headerWords(messages: readonly GoldenMessage[]): Map<string, string[]> {
  const found = new Map<string, Set<string>>();
  for (const [i, { octets }] of messages.entries()) {
    if (i % 7 !== 0) continue;
    const header = octets.toString('latin1').split('\r\n\r\n', 1)[0] ?? '';
    for (const [, field = '', value = ''] of header
      .replace(/\r\n[ \t]+/g, ' ')
      .matchAll(/^(subject|from|to|cc):(.*)$/gim)) {
      const words = found.get(field.toUpperCase()) ?? new Set();
      for (const word of wordsOf(decodeWords(value)).slice(0, 2)) words.add(word);
      found.set(field.toUpperCase(), words);
    }
  }
  return new Map([...found].map(([field, words]) => [field, [...words].slice(0, 40)]));
}

/** Words of the raw text, those that look like encoded data left out. */
function bodyWords(messages: readonly GoldenMessage[]): string[] {
  const words = new Set<string>();
  for (const [i, { octets }] of messages.entries()) {
    if (i % 5 !== 0) continue;
    const body = octets.toString('latin1').split('\r\n\r\n').slice(1).join('\n');
    for (const word of wordsOf(body.replace(/[^\n]{77,}|=[0-9A-F]{2}/g, ' ')).slice(3, 6)) words.add(word);
  }
  return [...words].slice(0, 150);
}

function wordsOf(text: string): string[] {
  return text.match(/[\p{L}\p{N}]{4,20}/gu)?.filter((word) => /\p{L}/u.test(word)) ?? [];
}

function sorts(): string[] {
  const criteria = ['ARRIVAL', 'CC', 'DATE', 'FROM', 'SIZE', 'SUBJECT', 'TO', 'DISPLAYFROM', 'DISPLAYTO'];
  const lists = [
    ...criteria,
    ...criteria.map((one) => `REVERSE ${one}`),
    'SUBJECT REVERSE DATE',
    'FROM SUBJECT ARRIVAL',
  ];
  return lists.map((list) => `UID SORT (${list}) UTF-8 ALL`);
}

const threads = (): string[] => ['UID THREAD REFERENCES UTF-8 ALL', 'UID THREAD ORDEREDSUBJECT UTF-8 ALL'];
