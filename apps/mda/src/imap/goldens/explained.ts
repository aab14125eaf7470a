import type { Difference } from './difference.ts';

/** Numbers of messages that are not like others. */
export interface Kinds {
  /** Whose header is not as RFC 5322 wants it. */
  readonly odd: ReadonlySet<number>;
  /** With a part of HTML. */
  readonly html: ReadonlySet<number>;
  /** Malformed, so that the two servers see other parts in them. */
  readonly structure: ReadonlySet<number>;
}

/** A class of differences from Dovecot, and what decides for our answer: a sentence of an RFC, or of RFC 9051 where it leaves a choice. */
interface Explanation {
  readonly id: string;
  readonly because: string;
  covers(difference: Difference, kinds: Kinds): boolean;
}

const inStructure = ({ item }: Difference): boolean => ['ENVELOPE', 'BODYSTRUCTURE', 'BODY'].includes(item);
const isSearch = ({ of }: Difference): boolean => of.startsWith('UID SEARCH');

/** Whether two texts are the same once both went through `form`, one after the other for several. */
const sameAfter =
  (...forms: readonly ((text: string) => string)[]) =>
  ({ ours, theirs }: Difference): boolean => {
    const both = forms.reduce((texts, form) => texts.map(form), [ours, theirs]);
    return both[0] === both[1];
  };

const collapsed = (text: string): string => text.replaceAll(/(?:\\t| )+/g, ' ').replaceAll(' "', '"');
const withoutMissing = (text: string): string => text.replaceAll('"MISSING_DOMAIN"', '""');
/** UTF-8 read octet by octet becomes its characters; Latin-1 that was no UTF-8 stays. */
const characters = (text: string): string =>
  text.replaceAll(/[\u00c2-\u00f4][\u0080-\u00bf]+/g, (octets) => {
    const decoded = Buffer.from(octets, 'latin1').toString('utf8');
    return decoded.includes('\ufffd') ? octets : decoded;
  });
/** Characters of windows-1252 in the range where Latin-1 has controls. */
const windows = (text: string): string =>
  text.replaceAll(/[\u0080-\u009f]/g, (control) =>
    new TextDecoder('windows-1252').decode(Buffer.from([control.charCodeAt(0)])),
  );

const EXPLANATIONS: readonly Explanation[] = [
  {
    id: 'date-day-fixed',
    because: 'RFC 9051 §9: date-day-fixed = (SP DIGIT) / 2DIGIT; both are the same day',
    covers: (difference) => difference.item === 'INTERNALDATE' && sameAfter((text) => text.replace('" ', '"0'))(difference),
  },
  {
    id: 'no-blank-line',
    because:
      'RFC 3501 §6.4.5: “the blank line is included in all header fetches, except in the case of a message which has no body and no blank line”',
    covers: ({ item, ours, theirs }) => item.startsWith('BODY[HEADER.FIELDS (') && ours === '""' && theirs === '"\\r\\n"',
  },
  {
    id: 'unfolding',
    because:
      'RFC 5322 §2.2.3: “Unfolding is accomplished by simply removing any CRLF that is immediately followed by WSP”; white space inside stays, at the end of a structured field it is CFWS',
    covers: (difference) => inStructure(difference) && sameAfter(collapsed)(difference),
  },
  {
    id: 'missing-domain',
    because:
      'RFC 9051 §7.5.2: a NIL host names a group; a mailbox without a domain has an empty one, and no name that nobody wrote',
    covers: (difference) => inStructure(difference) && sameAfter(withoutMissing, collapsed)(difference),
  },
  {
    id: 'utf8-only',
    because: 'RFC 9051 §4.3: strings are UTF-8; octets of a header that are not are read as windows-1252 and sent as UTF-8',
    covers: (difference) =>
      inStructure(difference) && sameAfter(withoutMissing, collapsed, characters, windows, characters)(difference),
  },
  {
    id: 'last-octet',
    because: 'RFC 9051 §6.3.12: APPEND stores “the literal argument”; a bare CR at its very end is part of it (Dovecot drops it)',
    covers: ({ of, ours, theirs }) => of === 'mail-parser/legacy/049.eml' && isOneMore(ours, theirs),
  },
  {
    id: 'blank-line-of-part',
    because: 'RFC 9051 §6.4.5.1: “the blank line is included in all header fetches”, also when a delimiter follows at once',
    covers: ({ item, ours, theirs }) => /\.MIME\]$/.test(item) && ours === `${theirs.slice(0, -1)}\\r\\n"`,
  },
  {
    id: 'delimiters-line-end',
    because:
      'RFC 2046 §5.1.1: “The CRLF preceding the boundary delimiter line is conceptually attached to the boundary”, also behind an inner close delimiter',
    covers: ({ item, ours, theirs }) => item.startsWith('BODY[') && theirs === `${ours.slice(0, -1)}\\r\\n"`,
  },
  {
    id: 'delimiters-line-end-size',
    because: 'RFC 2046 §5.1.1, as above, in the sizes of BODYSTRUCTURE',
    covers: (difference) => inStructure(difference) && sizesDifferByLineEnd(difference),
  },
  {
    id: 'exact-delimiter',
    because:
      'RFC 2046 §5.1.1: a delimiter line is “two hyphen characters followed by the boundary parameter value, optional linear whitespace, and a terminating CRLF”: a longer line is none',
    covers: ({ of }) =>
      ['mail-parser/malformed/016.eml', 'mime4j/testmsgs/very-long-boundary.msg', 'mime4j/testmsgs/very-very-long-boundary.msg'].includes(of),
  },
  {
    id: 'encoded-message',
    because:
      'RFC 2046 §5.2.1: no encoding but 7bit, 8bit and binary is permitted for message/rfc822; what is encoded has no envelope to show, and is shown as octets',
    covers: ({ of, item }) =>
      (/base64/.test(of) || of === 'mail-parser/rfc/008.eml') && (item.startsWith('BODY') || item === 'BODYSTRUCTURE'),
  },
  {
    id: 'missing-semicolon',
    because: 'RFC 2045 §5.1 asks for a semicolon in front of a parameter; it is read without it rather than lost',
    covers: ({ of }) => of === 'mail-parser/malformed/017.eml',
  },
  {
    id: 'missing-separators',
    because: 'RFC 2045 §5.1: as above, for the parameters of message/external-body',
    covers: ({ of, item }) => of === 'mail-parser/rfc/001.eml' && inStructure({ of, item, ours: '', theirs: '' }),
  },
  {
    id: 'empty-parameter',
    because: 'RFC 2045 §5.1: as above; two semicolons with nothing between them cost no parameter behind them',
    covers: ({ of }) => of === 'mime4j/mimetools-testmsgs/double-semicolon.msg',
  },
  {
    id: 'no-subtype',
    because: 'RFC 2045 §5.2: a Content-Type that cannot be read is text/plain; every type has a subtype (RFC 9051 §9)',
    covers: (difference) =>
      difference.of === 'mime4j/mimetools-testmsgs/multi-digest.msg' &&
      sameAfter((text) => text.replace('("text" "" ', '("text" "plain" '))(difference),
  },
  {
    id: 'two-dates',
    because: 'RFC 5322 §3.6: Date occurs once; of two the first counts, as for every field of ENVELOPE',
    covers: ({ of, item }) => of === 'mail-parser/malformed/019.eml' && item === 'ENVELOPE',
  },
  {
    id: 'words-as-address',
    because: 'RFC 5322 §3.4: words without angle brackets are no mailbox; they are shown as they stand',
    covers: ({ of, item }) => of === 'mail-parser/rfc/009.eml' && inStructure({ of, item, ours: '', theirs: '' }),
  },
  {
    id: 'unknown-encoding',
    because: 'RFC 2045 §6.1: a mechanism is one token; what is none is shown as it stands, and treated as unknown (§6.4)',
    covers: ({ of, item }) => of === 'mail-parser/thirdparty/004.eml' && inStructure({ of, item, ours: '', theirs: '' }),
  },
  {
    id: 'no-date',
    because:
      'RFC 9051 §6.4.4: SENTBEFORE and SENTSINCE are about the “Date: header field”: a message that has none that can be read meets neither',
    covers: (difference) => isSearch(difference) && / SENT(?:BEFORE|SINCE) /.test(difference.of),
  },
  {
    id: 'envelope-field',
    because: 'RFC 9051 §6.4.4: FROM looks for “the specified string in the envelope structure’s FROM field”: nothing that nobody wrote',
    covers: ({ of }) => / FROM "domain"$/i.test(of),
  },
  {
    id: 'eight-bit-header',
    because:
      'RFC 9051 §6.4.4: strings are compared after decoding; header octets that are no UTF-8 are read as windows-1252, so that people find them',
    covers: ({ of }) => /[\u0080-\uffff]/.test(of),
  },
  {
    id: 'searched-text',
    because:
      'RFC 9051 §6.4.4: “Servers are allowed to implement flexible matching for this search key”: tags of HTML are no text, words that tags cut are whole; and only parts are searched, not what stands between them (RFC 2046 §5.1.1), as BODYSTRUCTURE shows them',
    covers: ({ of, ours, theirs }, { html, structure, odd }) => {
      if (!/ (?:BODY|TEXT) "[^"]+"$/i.test(of)) return false;
      const [mine, other] = [numbersIn(ours), numbersIn(theirs)];
      const differing = [...mine, ...other].filter((n) => mine.has(n) !== other.has(n));
      return differing.every((n) => html.has(n) || structure.has(n) || odd.has(n));
    },
  },
  {
    id: 'sort-keys',
    because:
      'RFC 5256 §2.1, §3: by the decoded strings, those of 8-bit headers read as windows-1252, without MISSING_DOMAIN, by the first of two Date fields; “=??Q?” has no charset and is no encoded-word (RFC 2047 §2)',
    covers: ({ of, ours, theirs }, { odd }) => / (?:SORT|THREAD) /.test(of) && withoutOdd(ours, odd) === withoutOdd(theirs, odd),
  },
];

function isOneMore(ours: string, theirs: string): boolean {
  if (/^\d+$/.test(ours)) return Number(ours) === Number(theirs) + 1;
  return ours === `${theirs.slice(0, -1)}\\r"` || ours.replace('6584', '6583') === theirs;
}

/** Numbers of one are those of the other, some two larger and (lines) one larger. */
function sizesDifferByLineEnd({ ours, theirs }: Difference): boolean {
  const numbers = (text: string): number[] => [...text.matchAll(/(?<= )\d+(?=[ )])/g)].map(([digits]) => Number(digits));
  const rest = (text: string): string => text.replaceAll(/(?<= )\d+(?=[ )])/g, 'n');
  const [mine, other] = [numbers(ours), numbers(theirs)];
  return rest(ours) === rest(theirs) && mine.every((n, i) => [0, 1, 2].includes((other[i] ?? -1) - n));
}

function numbersIn(text: string): Set<number> {
  return new Set((text.match(/\d+/g) ?? []).map(Number));
}

/** The order of all other messages. */
function withoutOdd(text: string, odd: ReadonlySet<number>): string {
  return (text.match(/\d+/g) ?? []).filter((n) => !odd.has(Number(n))).join(' ');
}

/** The explanation of a difference; null when there is none, which is a failure of the test. */
export function explanationOf(difference: Difference, kinds: Kinds): Explanation | null {
  return EXPLANATIONS.find((one) => one.covers(difference, kinds)) ?? null;
}
