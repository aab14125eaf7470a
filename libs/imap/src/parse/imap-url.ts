import { Arguments } from './arguments.ts';
import { parseSectionName, type PartialOctets, type SectionName } from './fetch-items.ts';

/** What an IMAP URL names (RFC 5092), relative to the server: a message, or octets of it. */
export interface ImapUrl {
  /** UTF-8; empty: the mailbox selected. */
  readonly mailbox: string;
  readonly uidValidity: number | null;
  readonly uid: number;
  readonly section: SectionName;
  readonly partial: PartialOctets | null;
}

const FORM =
  /^(?:\/([^;]+?))?(?:;UIDVALIDITY=([1-9]\d{0,9}))?\/?;UID=([1-9]\d{0,9})(?:\/;SECTION=([^;]+?))?(?:\/;PARTIAL=(\d{1,10})(?:\.([1-9]\d{0,9}))?)?$/i;

/** Reads a relative URL (RFC 5092 §4, §7); null when it is none, or an absolute one: other servers are not asked. */
export function parseImapUrl(url: string): ImapUrl | null {
  const match = FORM.exec(url);
  if (!match) return null;
  const [, encoded = '', validity, uid, sectionText, offset, length] = match;
  const mailbox = decodePercent(encoded);
  const section = sectionText === undefined ? { path: '', not: false } : parseSection(decodePercent(sectionText));
  if (mailbox === null || !section) return null;
  return {
    mailbox,
    uidValidity: validity === undefined ? null : Number(validity),
    uid: Number(uid),
    section,
    partial:
      offset === undefined ? null : { start: Number(offset), count: length === undefined ? Infinity : Number(length) },
  };
}

function decodePercent(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

/** Null when it is no section-spec. */
function parseSection(text: string | null): SectionName | null {
  if (text === null) return null;
  const args = new Arguments([Buffer.from(text, 'utf8')], { maxRanges: 1 });
  try {
    const name = parseSectionName(args);
    args.end();
    return name;
  } catch {
    return null;
  }
}
