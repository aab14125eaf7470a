/** A mailbox as an address list shows it (RFC 5322 §3.4); encoded words in `name` are left as they stand on the wire. */
export interface Mailbox {
  readonly kind: 'mailbox';
  /** Display name with quoting removed; null when there is none. Not decoded: see `decodeWords`. */
  readonly name: string | null;
  /** Source route, obsolete (`@a,@b`), RFC 9051's addr-adl; null when absent. */
  readonly route: string | null;
  /** Local part without quotes. */
  readonly localPart: string;
  /** As written, comments and folding removed; empty for a bare word (`To: root`). */
  readonly domain: string;
}

/** A named group (RFC 5322 §3.4), possibly empty. */
export interface MailboxGroup {
  readonly kind: 'group';
  readonly name: string;
  readonly members: readonly Mailbox[];
}

export type AddressItem = Mailbox | MailboxGroup;

/**
 * ENVELOPE (RFC 9051 §7.5.2): text is unfolded header text, encoded words NOT decoded (that is the client's work).
 * `sender` and `replyTo` already default to `from`. JSON-serialisable: the mailbox store keeps it.
 */
export interface Envelope {
  readonly date: string | null;
  readonly subject: string | null;
  readonly from: readonly AddressItem[] | null;
  readonly sender: readonly AddressItem[] | null;
  readonly replyTo: readonly AddressItem[] | null;
  readonly to: readonly AddressItem[] | null;
  readonly cc: readonly AddressItem[] | null;
  readonly bcc: readonly AddressItem[] | null;
  readonly inReplyTo: string | null;
  readonly messageId: string | null;
}

/**
 * Parameters of a Content-Type or Content-Disposition: names in lower case, values unquoted but otherwise as on the wire, so
 * that IMAP shows what was sent (`filename*0*` stays). For people: `paramValue(params, 'filename')`.
 */
export type Params = Readonly<Record<string, string>>;

/** Content-Disposition (RFC 2183): type in lower case. */
export interface Disposition {
  readonly type: string;
  readonly params: Params;
}

/**
 * One MIME entity with octet offsets into the whole message (RFC 2045, 2046). The header section is
 * [headerStart, bodyStart) with its blank line, the body [bodyStart, bodyEnd) without the line end that belongs to the
 * next boundary. JSON-serialisable.
 */
export interface Part {
  readonly headerStart: number;
  readonly bodyStart: number;
  readonly bodyEnd: number;
  /** Line feeds in the body. */
  readonly lines: number;
  /** Lower case. `text/plain` when absent or unreadable (RFC 2045 §5.2); `message/rfc822` inside a digest. */
  readonly type: string;
  readonly subtype: string;
  readonly params: Params;
  /** Content-Transfer-Encoding, lower case, `7bit` when absent. */
  readonly encoding: string;
  readonly id: string | null;
  readonly description: string | null;
  readonly md5: string | null;
  readonly disposition: Disposition | null;
  readonly language: readonly string[] | null;
  readonly location: string | null;
  /** Children of a multipart, in order (possibly none when malformed); absent otherwise. */
  readonly parts?: readonly Part[];
  /** The message inside a message/rfc822 or message/global that is not itself encoded; absent otherwise. */
  readonly message?: EmbeddedMessage;
}

/** A message: its envelope and its body as a part whose header section is the message's own. */
export interface EmbeddedMessage {
  readonly envelope: Envelope;
  readonly part: Part;
}

/** What is computed once about a message when it is stored. */
export interface MessageStructure extends EmbeddedMessage {
  /** Octets in all. */
  readonly size: number;
  /** Line feeds in all. */
  readonly lines: number;
  /** Some limit was met: parts beyond it are not described, offsets given are still right. */
  readonly truncated: boolean;
}

interface BodyFields {
  readonly type: string;
  readonly subtype: string;
  readonly params: Params;
  readonly disposition: Disposition | null;
  readonly language: readonly string[] | null;
  readonly location: string | null;
}

interface SinglePartFields extends BodyFields {
  readonly id: string | null;
  readonly description: string | null;
  /** Lower case. */
  readonly encoding: string;
  /** Octets of the body as transferred. */
  readonly size: number;
  readonly md5: string | null;
}

/** BODYSTRUCTURE as data (RFC 9051 §7.5.2); BODY is the same without the extension data. Written by libs/imap. */
export type BodyStructure =
  | (BodyFields & { readonly kind: 'multipart'; readonly parts: readonly BodyStructure[] })
  | (SinglePartFields & { readonly kind: 'basic' })
  | (SinglePartFields & { readonly kind: 'text'; readonly lines: number })
  | (SinglePartFields & {
      readonly kind: 'message';
      readonly envelope: Envelope;
      readonly body: BodyStructure;
      readonly lines: number;
    });

/** Octets [start, end) of the message. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** Bounds of header reading; every reader takes a part of it and fills in {@link DEFAULT_HEADER_LIMITS}. */
export interface HeaderLimits {
  /** Octets of the whole section, blank line included. */
  readonly bytes: number;
  readonly fields: number;
  /** Octets of one physical line, line end included. RFC 5322 §2.1.1 says 1000; real mail is longer. */
  readonly lineLength: number;
}

export const DEFAULT_HEADER_LIMITS: HeaderLimits = { bytes: 1 << 20, fields: 2000, lineLength: 1 << 16 };

/** Bounds of structure parsing. Beyond them nothing fails: the rest is left undescribed and `truncated` is set. */
export interface StructureLimits {
  /** Levels of multipart and message nesting. */
  readonly depth: number;
  /** Entities in all. */
  readonly parts: number;
  /** Octets of one header section that are looked at. */
  readonly headerBytes: number;
  /** Octets of all header sections together that are looked at. */
  readonly totalHeaderBytes: number;
}

export const DEFAULT_STRUCTURE_LIMITS: StructureLimits = {
  depth: 32,
  parts: 1000,
  headerBytes: 1 << 18,
  totalHeaderBytes: 1 << 21,
};

export type MessageErrorCode =
  'HEADER_TOO_LONG' | 'HEADER_TOO_MANY_FIELDS' | 'HEADER_LINE_TOO_LONG' | 'HEADER_FIELD_INVALID';

/** A coded error of this library; `offset` is the octet at which the limit was met. */
export class MessageError extends Error {
  readonly code: MessageErrorCode;
  readonly offset: number;
  constructor(code: MessageErrorCode, offset: number, message: string) {
    super(message);
    this.name = 'MessageError';
    this.code = code;
    this.offset = offset;
  }
}
