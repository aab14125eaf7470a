import { mailboxesOf, parseAddressList } from '../address-list.ts';
import { parseDate } from '../date.ts';
import { decodeWords } from '../encoded-word.ts';
import { scanFields } from '../header-field.ts';
import { paramValue } from '../parameters.ts';
import type { EmbeddedMessage, Part } from '../types.ts';

interface ExpectedField {
  name: string | { other: string };
  value: string | Record<string, unknown>;
  offset_field: number;
  offset_end: number;
}
interface ExpectedPart {
  headers: ExpectedField[];
  body: Record<string, unknown>;
  offset_header: number;
  offset_body: number;
  offset_end: number;
}
/** One `.json` of the mail-parser set. */
export interface ExpectedMessage {
  parts: ExpectedPart[];
}

/** Parts in the order mail-parser numbers them: parents before children; a nested message has numbers of its own. */
function flatten(part: Part, out: Part[] = []): Part[] {
  out.push(part);
  for (const child of part.parts ?? []) flatten(child, out);
  return out;
}

interface Walk {
  readonly bytes: Buffer;
  readonly differences: string[];
}

/** Where our structure and the expected one differ, each as `part: what`; empty when they agree. */
export function compare(bytes: Buffer, ours: EmbeddedMessage, expected: ExpectedMessage): string[] {
  const walk: Walk = { bytes, differences: [] };
  compareMessage(walk, '', ours, expected);
  return walk.differences;
}

function compareMessage(walk: Walk, at: string, ours: EmbeddedMessage, expected: ExpectedMessage): void {
  const parts = flatten(ours.part);
  if (parts.length !== expected.parts.length)
    return void walk.differences.push(`${at}: ${parts.length} parts, expected ${expected.parts.length}`);
  for (const [i, part] of parts.entries()) comparePart(walk, `${at}${i}`, part, expected.parts[i]!, parts);
}

function comparePart(walk: Walk, at: string, part: Part, expected: ExpectedPart, all: readonly Part[]): void {
  const say = (what: string) => walk.differences.push(`${at}: ${what}`);
  const ours = [part.headerStart, part.bodyStart, part.bodyEnd];
  const theirs = [expected.offset_header, expected.offset_body, expected.offset_end];
  if (ours.join() !== theirs.join()) say(`offsets ${ours.join()}, expected ${theirs.join()}`);
  const kind = part.parts ? 'Multipart' : part.message ? 'Message' : 'leaf';
  const key = Object.keys(expected.body)[0]!;
  const theirKind = key === 'Multipart' || key === 'Message' ? key : 'leaf';
  if (kind !== theirKind) return void say(`${kind}, expected ${theirKind}`);
  if (part.parts) {
    const numbers = part.parts.map((child) => all.indexOf(child)).join();
    const wanted = (expected.body['Multipart'] as number[]).join();
    if (numbers !== wanted) say(`children ${numbers}, expected ${wanted}`);
  }
  compareFields(walk, at, part, expected.headers);
  if (part.message) compareMessage(walk, `${at}.`, part.message, expected.body['Message'] as ExpectedMessage);
}

function compareFields(walk: Walk, at: string, part: Part, expected: readonly ExpectedField[]): void {
  const { fields } = scanFields(walk.bytes.subarray(part.headerStart, part.bodyStart), 1000);
  const place = (start: number, end: number) => `${start}-${end}`;
  const ours = fields.map((field) => place(part.headerStart + field.start, part.headerStart + field.end)).join(' ');
  const theirs = expected.map((field) => place(field.offset_field, field.offset_end)).join(' ');
  if (ours !== theirs) return void walk.differences.push(`${at}: fields at ${ours}, expected ${theirs}`);
  for (const [i, field] of fields.entries()) {
    const { value } = expected[i]!;
    if (typeof value === 'string') continue;
    const got = fieldValue(field.key, field.text, value, part);
    if (got && JSON.stringify(got[0]) !== JSON.stringify(got[1]))
      walk.differences.push(`${at}: ${field.key} ${JSON.stringify(got[0])}, expected ${JSON.stringify(got[1])}`);
  }
}

type Named = { name: string | null; address: string | null };

function addressesOf(value: Record<string, unknown>): Named[] {
  const list = (value['List'] as Named[] | undefined) ?? [];
  const groups = (value['Group'] as { addresses: Named[] }[] | undefined) ?? [];
  return [...list, ...groups.flatMap((group) => group.addresses)].map(({ name, address }) => ({ name, address }));
}

/** Our value and theirs, in one form; undefined for what is not compared. */
function fieldValue(
  key: string,
  text: string,
  value: Record<string, unknown>,
  part: Part,
): [unknown, unknown] | undefined {
  if ('Address' in value && !key.startsWith('list-')) {
    const boxes = mailboxesOf(parseAddressList(text)).map((box) => ({
      name: box.name === null ? null : decodeWords(box.name),
      address: box.domain === '' ? box.localPart : `${box.localPart}@${box.domain}`,
    }));
    return [boxes, addressesOf(value['Address'] as Record<string, unknown>)];
  }
  if ('DateTime' in value) {
    const d = value['DateTime'] as Record<string, number> & { tz_before_gmt: boolean };
    const zone = (d['tz_hour']! * 60 + d['tz_minute']!) * (d.tz_before_gmt ? -1 : 1);
    const time = Date.UTC(d['year']!, d['month']! - 1, d['day'], d['hour'], d['minute'], d['second']) - zone * 60_000;
    return [parseDate(text), { time, zone }];
  }
  if ('Text' in value && key === 'subject') return [decodeWords(text), value['Text']];
  if ('ContentType' in value && key === 'content-type') {
    const type = value['ContentType'] as {
      c_type: string;
      c_subtype: string | null;
      attributes: { name: string; value: string }[] | null;
    };
    const names = (type.attributes ?? []).map((each) => each.name);
    return [
      [part.type, part.subtype, names.map((name) => paramValue(part.params, name))],
      [type.c_type.toLowerCase(), type.c_subtype?.toLowerCase(), (type.attributes ?? []).map((each) => each.value)],
    ];
  }
  return undefined;
}
