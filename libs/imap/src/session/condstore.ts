import type { Completion, Context } from './context.ts';

/** RFC 7162 §3.1: a command that names MODSEQ enables CONDSTORE, and the client is told where the mailbox stands. */
export function enableCondstore(context: Context): void {
  if (context.enabled.has('CONDSTORE')) return;
  context.enabled.add('CONDSTORE');
  if (context.state === 'selected')
    context.output.untagged(`OK [HIGHESTMODSEQ ${String(context.view.modseq)}] CONDSTORE is on`);
}

/** RFC 7162 §3.2.7: what expunged tells where the mailbox stands after it, once all EXPUNGE or VANISHED are out. */
export function withHighestModseq(context: Context, completion: Completion): Completion {
  if (completion.status !== 'OK' || completion.code !== undefined || !context.mode.condstore) return completion;
  if (context.state !== 'selected') return completion;
  return { ...completion, code: `HIGHESTMODSEQ ${String(context.view.modseq)}` };
}
