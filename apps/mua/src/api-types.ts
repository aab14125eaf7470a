/** What server and client say to each other: JSON shapes of the HTTP API. Types only. */

export interface Person {
  readonly name: string;
  readonly address: string;
}

export type FolderRole = 'inbox' | 'drafts' | 'sent' | 'archive' | 'junk' | 'trash' | null;

export interface Folder {
  /** Full mailbox name: the folder's id in every address of the API. */
  readonly path: string;
  readonly name: string;
  /** Depth in the hierarchy, 0 at the top. */
  readonly depth: number;
  readonly role: FolderRole;
  readonly unread: number;
  readonly total: number;
}

export interface MessageSummary {
  readonly uid: number;
  readonly from: readonly Person[];
  readonly to: readonly Person[];
  readonly subject: string;
  /** RFC 3339; when the message arrived in the folder. */
  readonly date: string;
  readonly unread: boolean;
  readonly flagged: boolean;
  readonly answered: boolean;
  readonly attachments: boolean;
  readonly size: number;
}

export interface MessagePage {
  readonly messages: readonly MessageSummary[];
  readonly total: number;
  /** Offset of the next page, null at the end. */
  readonly next: number | null;
}

export interface Attachment {
  /** Part number (RFC 3501 §6.4.5). */
  readonly part: string;
  readonly name: string;
  readonly type: string;
  /** Octets, decoded, estimated from the encoded size. */
  readonly size: number;
  /** Content-ID without the angle brackets, for `cid:` references. */
  readonly cid: string | null;
  readonly inline: boolean;
}

export interface MessageView extends MessageSummary {
  readonly folder: string;
  readonly cc: readonly Person[];
  readonly bcc: readonly Person[];
  readonly replyTo: readonly Person[];
  readonly messageId: string;
  readonly references: readonly string[];
  readonly text: string | null;
  /** As it came: the client sanitises it. */
  readonly html: string | null;
  /** The body was longer than we show. */
  readonly truncated: boolean;
  readonly files: readonly Attachment[];
}

export interface Upload {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly size: number;
}

export interface DraftFields {
  /** Address lists as people type them: `Ann <ann@x.example>, bob@y.example`. */
  readonly to: string;
  readonly cc: string;
  readonly bcc: string;
  readonly subject: string;
  readonly text: string;
  /** Name shown beside our address. */
  readonly fromName: string;
  readonly inReplyTo: string;
  readonly references: readonly string[];
  readonly uploads: readonly string[];
  /** UID in Drafts of what this replaces. */
  readonly draftUid: number | null;
}

export interface SendRequest extends DraftFields {
  /** Made by the client once per message: a second request with it sends nothing again. */
  readonly key: string;
  /** The message answered, which gets \Answered. */
  readonly answers: { readonly folder: string; readonly uid: number } | null;
}

export interface SendResult {
  readonly messageId: string;
  /** Recipients the server refused, with its words; the others got the message. */
  readonly refused: readonly { readonly address: string; readonly reason: string }[];
  readonly savedToSent: boolean;
}

export type MessageAction = 'read' | 'unread' | 'flag' | 'unflag' | 'archive' | 'delete' | 'junk' | 'move';

export interface SessionInfo {
  readonly address: string;
  readonly uploadLimit: number;
}

export interface ApiProblem {
  readonly code: string;
  readonly message: string;
}
