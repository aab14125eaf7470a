import { counter, gauge, histogram } from './definition.ts';

/** IMAP and the mailbox store. */
export const MAILBOX_METRICS = {
  imapCommands: counter(
    'postroad_imap_commands_total',
    'Commands answered, by name (`other` for unknown ones); outcome `ok`, `no`, `bad`.',
    ['command', 'outcome'],
  ),
  imapSeconds: histogram(
    'postroad_imap_command_seconds',
    'Command read until its tagged answer was written; IDLE aside.',
    ['command'],
  ),
  imapIdle: gauge('postroad_imap_idle_sessions', 'Sessions in IDLE now.'),
  imapBytes: counter('postroad_imap_bytes_total', 'Bytes of IMAP; direction `in`, `out`.', ['direction']),
  searchBehind: gauge('postroad_store_search_behind_messages', 'Messages not yet in the search index.'),
} as const;
