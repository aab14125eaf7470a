type Pick = (below: number) => number;

/** Random commands of the grammar: `<name>` stands for one of the alternatives of that rule. */
const RULES: Readonly<Record<string, readonly string[]>> = {
  command: [
    'NOOP',
    'CAPABILITY',
    'LOGIN user pass',
    'LOGIN <astring> <astring>',
    'AUTHENTICATE PLAIN AHVzZXIAcGFzcw==',
    'SELECT <mailbox>',
    'SELECT INBOX',
    'SELECT INBOX',
    'SELECT INBOX (<select>)',
    'EXAMINE <mailbox> (CONDSTORE)',
    'CREATE <mailbox>',
    'CREATE <mailbox> (USE (\\<use>))',
    'DELETE <mailbox>',
    'RENAME <mailbox> <mailbox>',
    'SUBSCRIBE <mailbox>',
    'UNSUBSCRIBE <mailbox>',
    'LIST <mailbox> <pattern>',
    'LIST (<listsel>) "" (<pattern> <pattern>) RETURN (<listret>)',
    'LSUB "" <pattern>',
    'STATUS <mailbox> (<status> <status>)',
    'NAMESPACE',
    'APPEND <mailbox> <message>',
    'APPEND <mailbox> <message> <message>',
    'IDLE\r\nDONE',
    'CHECK',
    'CLOSE',
    'UNSELECT',
    'EXPUNGE',
    'UID EXPUNGE <set>',
    '<uid>SEARCH <search>',
    '<uid>SEARCH RETURN (<ret> <ret>) <key>',
    '<uid>SORT (<sort>) <charset> <key>',
    '<uid>SORT RETURN (<ret>) (<sort> <sort>) UTF-8 <key>',
    '<uid>THREAD <algorithm> UTF-8 <key>',
    '<uid>FETCH <set> (<fetch> <fetch>)',
    '<uid>FETCH <set> <fetch>',
    '<uid>FETCH <set> (<fetch>) (<fetchmod>)',
    '<uid>STORE <set> <store>',
    '<uid>STORE <set> (UNCHANGEDSINCE <number>) <store>',
    '<uid>COPY <set> <mailbox>',
    '<uid>MOVE <set> <mailbox>',
    '<uid>REPLACE <number> <mailbox> <message>',
    'ENABLE <enable> <enable>',
    'ID (<string> NIL)',
    'ID NIL',
    'GETACL <mailbox>',
    'SETACL <mailbox> <astring> +lr',
    'MYRIGHTS <mailbox>',
    'GETQUOTAROOT <mailbox>',
    'GETMETADATA <mailbox> (/private/comment)',
    'SETMETADATA <mailbox> (/private/comment <string>)',
    'UNAUTHENTICATE',
    'STARTTLS',
    'COMPRESS DEFLATE',
    'NOTIFY NONE',
    'NOTIFY SET (<notifysel> <msgevents>) (<notifyall> <events>)',
    'NOTIFY SET STATUS (<notifyall> <events>)',
    'XNONE <astring>',
    '<astring>',
  ],
  notifysel: ['SELECTED', 'selected-delayed'],
  notifyall: ['personal', 'inboxes', 'subscribed', 'subtree <mailbox>', 'mailboxes (<mailbox> <mailbox>)'],
  msgevents: [
    'NONE',
    '(MessageNew MessageExpunge)',
    '(MessageNew (<fetch> <fetch>) MessageExpunge FlagChange)',
    '(FlagChange)',
  ],
  events: [
    'NONE',
    '(MessageNew MessageExpunge FlagChange MailboxName)',
    '(MailboxName SubscriptionChange MailboxMetadataChange ServerMetadataChange)',
    '(AnnotationChange)',
  ],
  select: ['CONDSTORE', 'QRESYNC (1 <number>)', 'QRESYNC (1 <number> 1:9)', 'QRESYNC (1 <number> 1:9 (1,2 1,2))'],
  mailbox: ['INBOX', 'inbox', 'Sent', 'a', '"a/b"', '"a b"', '{3+}\r\na/c', '"&AOQ-"', '"\xc3\xa4"', '""'],
  pattern: ['*', '%', '"a/%"', 'INBOX', '"&AOQ-*"', '%/%', '""'],
  use: ['Sent', 'Trash', 'All'],
  listsel: ['SUBSCRIBED', 'SPECIAL-USE', 'SUBSCRIBED RECURSIVEMATCH', 'REMOTE', 'RECURSIVEMATCH', ''],
  listret: [
    'SUBSCRIBED',
    'CHILDREN',
    'STATUS (<status>)',
    'MYRIGHTS',
    'SPECIAL-USE',
    'STATUS (<status> <status>) SUBSCRIBED',
  ],
  status: [
    'MESSAGES',
    'RECENT',
    'UIDNEXT',
    'UIDVALIDITY',
    'UNSEEN',
    'DELETED',
    'SIZE',
    'HIGHESTMODSEQ',
    'MAILBOXID',
    'APPENDLIMIT',
  ],
  message: [
    '{4+}\r\na: b',
    '(<flag>) {9+}\r\na: b\r\n\r\nc',
    '"01-Feb-2024 00:00:00 +0000" ~{3+}\r\na\0b',
    'UTF8 (~{4+}\r\na: b)',
    '{0+}\r\n',
    '{5000+}\r\n',
    'CATENATE (TEXT {4+}\r\na: b URL "/INBOX/;UID=<number>")',
    'CATENATE (URL <astring> TEXT ~{2+}\r\nxy)',
    '(<flag> <flag>) {24+}\r\na: b\r\n\r\nx NOOP\r\n\r\n{3+}\r\n',
  ],
  uid: ['', 'UID ', 'uid '],
  number: ['1', '2', '3', '7', '0', '4294967295', '99'],
  set: ['1', '1:*', '*', '2:3', '1,3,5:7', '$', '<number>:<number>', '*:2', '1:4294967295', '<number>'],
  search: ['<key>', '<key> <key>', 'CHARSET <charset> <key>', 'RETURN (SAVE) <key>'],
  charset: ['UTF-8', 'US-ASCII', 'ISO-8859-1', 'X-NONE', 'utf-7'],
  key: [
    'ALL',
    'SEEN',
    'UNSEEN',
    'RECENT',
    'NEW',
    'OLD',
    'NOT <key>',
    'OR <key> <key>',
    '(<key> <key>)',
    '<set>',
    'UID <set>',
    'SUBJECT <astring>',
    'TEXT <string>',
    'BODY {1+}\r\na',
    'HEADER From <string>',
    'BEFORE 1-Feb-2024',
    'SENTSINCE "01-Jan-2020"',
    'SAVEDON 5-May-2024',
    'LARGER <number>',
    'OLDER <number>',
    'MODSEQ <number>',
    'EMAILID M1',
    'THREADID T2',
    'KEYWORD $x',
    'UIDAFTER <number>',
    'UIDBEFORE <number>',
  ],
  ret: ['MIN', 'MAX', 'ALL', 'COUNT', 'SAVE', 'PARTIAL 1:2', 'PARTIAL -1:-3', ''],
  sort: ['DATE', 'REVERSE ARRIVAL', 'SUBJECT', 'FROM', 'DISPLAYTO', 'SIZE', 'CC'],
  algorithm: ['REFERENCES', 'ORDEREDSUBJECT'],
  fetch: [
    'FLAGS',
    'UID',
    'ENVELOPE',
    'BODYSTRUCTURE',
    'BODY',
    'INTERNALDATE',
    'RFC822.SIZE',
    'RFC822',
    'RFC822.HEADER',
    'RFC822.TEXT',
    'MODSEQ',
    'EMAILID',
    'THREADID',
    'SAVEDATE',
    'PREVIEW',
    'PREVIEW (LAZY)',
    'BODY[]',
    'BODY.PEEK[]<<number>.<number>>',
    'BODY[HEADER]',
    'BODY.PEEK[1.MIME]',
    'BODY[TEXT]',
    'BODY.PEEK[HEADER.FIELDS (From <astring>)]',
    'BODY[1.2.HEADER.FIELDS.NOT (a)]',
    'BINARY[1]',
    'BINARY.PEEK[2]<0.5>',
    'BINARY.SIZE[1]',
    'BINARY[]',
    'ALL',
    'FULL',
  ],
  fetchmod: ['CHANGEDSINCE <number>', 'CHANGEDSINCE <number> VANISHED', 'PARTIAL 1:2', 'PARTIAL -1:-2'],
  store: ['+FLAGS (<flag>)', '-FLAGS.SILENT <flag>', 'FLAGS (<flag> <flag>)', '+FLAGS (\\Deleted)', 'FLAGS.SILENT ()'],
  flag: ['\\Seen', '\\Deleted', '\\Flagged', '$x', 'kw', '\\Recent', '\\Draft'],
  enable: ['CONDSTORE', 'QRESYNC', 'IMAP4rev2', 'UTF8=ACCEPT', 'UIDONLY', 'X'],
  astring: ['a', '"b c"', '{3+}\r\nx y', '"\\"q\\\\"', '""', '"\xe4"', 'INBOX', '~{1+}\r\nx', '{2+}\r\n\r\n'],
  string: ['"a"', '{3+}\r\nabc', '""', '"\xc3\xa4"', '{5+}\r\na\r\nb)'],
};

/** A command that follows the grammar, mostly. */
export function randomCommand(pick: Pick): string {
  return expand('<command>', pick, 0);
}

function expand(text: string, pick: Pick, depth: number): string {
  return text.replace(/<([a-z]+)>/g, (whole, name: string) => {
    const rule = RULES[name];
    if (!rule) return whole;
    const choice = depth > 6 ? (rule[0] ?? '') : (rule[pick(rule.length)] ?? '');
    return expand(choice, pick, depth + 1);
  });
}

/** The same with something wrong in it, sometimes. */
export function mutate(text: string, pick: Pick): string {
  const at = pick(text.length + 1);
  switch (pick(8)) {
    case 0:
      return text.slice(0, at) + text.slice(at + 1 + pick(4));
    case 1:
      return text.slice(0, at) + String.fromCharCode(pick(256)) + text.slice(at);
    case 2:
      return text.slice(0, at) + text.slice(pick(text.length + 1));
    case 3:
      return (
        text.slice(0, at) +
        (['{9+}\r\n', '{3}\r\n', '"', '(', ')', '\\', '\0', '\r\n', ' ', '[', '<0.1>'][pick(11)] ?? '') +
        text.slice(at)
      );
    case 4:
      return text + text.slice(at);
    case 5:
      return text.slice(0, at) + 'x'.repeat(pick(3000)) + text.slice(at);
    default:
      return text.replace(/\d+/, () => String(pick(2 ** 31)));
  }
}
