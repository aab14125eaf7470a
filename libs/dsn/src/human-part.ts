import type { Outcome } from '@postroad/mail';
import { formatDate } from '@postroad/message';
import { formatAddress } from '@postroad/smtp';
import { explain } from './explain.ts';
import { oneLine } from './typed.ts';
import type { DsnInput, DsnRecipient } from './types.ts';

const WIDTH = 72;

/** In the order in which a person wants to know. */
const OUTCOMES: readonly Outcome[] = ['failed', 'delayed', 'delivered', 'relayed', 'expanded'];

const HEADLINES: Readonly<Record<Outcome, { subject: string; opening: string }>> = {
  failed: { subject: 'Not delivered: your message came back', opening: 'Your message could NOT be delivered to:' },
  delayed: {
    subject: 'Delayed: your message is still on its way',
    opening: 'Your message has not been delivered yet to:',
  },
  delivered: { subject: 'Delivered: your message arrived', opening: 'Your message was delivered to:' },
  relayed: { subject: 'Passed on: your message was relayed', opening: 'Your message was passed on for:' },
  expanded: { subject: 'Passed on: your message went to a list', opening: 'Your message was passed on through:' },
};

function ofOutcome(input: DsnInput, outcome: Outcome): DsnRecipient[] {
  return input.recipients.filter(({ status }) => status.outcome === outcome);
}

/** Subject by the gravest outcome. Nothing from outside is in it. */
export function subject(input: DsnInput): string {
  return HEADLINES[OUTCOMES.find((outcome) => ofOutcome(input, outcome).length > 0) ?? 'failed'].subject;
}

/** Breaks at blanks; a word longer than the line stays whole up to 500 characters, then is cut into lines. */
function wrap(text: string, indent: string): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.match(/\S{1,500}/gu) ?? []) {
    if (line !== '' && indent.length + line.length + 1 + word.length > WIDTH) {
      lines.push(indent + line);
      line = word;
    } else line += (line === '' ? '' : ' ') + word;
  }
  if (line !== '') lines.push(indent + line);
  return lines;
}

function describe(recipient: DsnRecipient, utf8: boolean): string[] {
  const { status } = recipient;
  const { what, advice } = explain(status);
  const name = oneLine(formatAddress(recipient.finalRecipient, utf8), utf8);
  const original = recipient.originalRecipient?.address;
  const asked =
    original && original.toLowerCase() !== name.toLowerCase() ? ` (you wrote to ${oneLine(original, utf8)})` : '';
  const lines = [...wrap(`${name}${asked}`, '  '), ...wrap(`What happened: ${what}`, '    ')];
  const said = oneLine(status.diagnostic, utf8).slice(0, 512);
  if (said !== '' && status.outcome !== 'delivered') {
    const server = status.remoteMta?.replace(/^[^;]*;/, '').trim();
    lines.push(
      ...wrap(server ? `The server ${oneLine(server, utf8)} said:` : 'Our system noted:', '    '),
      ...wrap(said, '      '),
    );
  }
  if (status.outcome === 'delayed' && recipient.willRetryUntil !== undefined)
    lines.push(...wrap(`We keep trying until: ${formatDate(recipient.willRetryUntil)}`, '    '));
  lines.push(...wrap(`What to do: ${advice}`, '    '), '');
  return lines;
}

/** The part a person reads (RFC 3464 §2: it must stand on its own). CRLF lines. */
export function humanPart(input: DsnInput, utf8: boolean): string {
  const lines = [
    ...wrap(
      `This is the mail system at ${input.reportingMta}. This message was made by a machine; nobody reads answers to it.`,
      '',
    ),
    '',
  ];
  for (const outcome of OUTCOMES) {
    const recipients = ofOutcome(input, outcome);
    if (recipients.length === 0) continue;
    lines.push(HEADLINES[outcome].opening, '', ...recipients.flatMap((recipient) => describe(recipient, utf8)));
  }
  const back =
    input.returned.form === 'FULL'
      ? 'Your message is attached.'
      : 'The header of your message is attached, so that you can tell which one it was.';
  lines.push(...wrap(`You sent it on ${formatDate(input.arrival)}. ${back}`, ''), '');
  return lines.join('\r\n');
}
