import type { Context } from './context.ts';

/** RFC 7162 §3.1: a command that names MODSEQ enables CONDSTORE, and the client is told where the mailbox stands. */
export function enableCondstore(context: Context): void {
  if (context.enabled.has('CONDSTORE')) return;
  context.enabled.add('CONDSTORE');
  if (context.state === 'selected')
    context.output.untagged(`OK [HIGHESTMODSEQ ${String(context.view.modseq)}] CONDSTORE is on`);
}
