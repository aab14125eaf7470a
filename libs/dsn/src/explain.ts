import type { RecipientStatus } from '@postroad/mail';

/** What happened and what to do, in words for people. */
interface Explanation {
  readonly what: string;
  readonly advice: string;
}

const CHECK = 'Check the address for typing errors, or ask the person for the current one by another way.';
const LATER = 'Try again later. If it goes on, tell the postmaster of that domain by another way.';
const POSTMASTER = 'Show this message to your mail administrator.';

/** By subject and detail of the enhanced status (RFC 3463 §3, with the registry of RFC 5248); `n.*` for the rest of a subject. */
const EXPLANATIONS: Readonly<Record<string, Explanation>> = {
  '1.1': { what: 'There is no such mailbox at that domain.', advice: CHECK },
  '1.2': { what: 'The domain of the address does not exist or takes no mail.', advice: CHECK },
  '1.3': { what: 'The address is not written correctly.', advice: CHECK },
  '1.6': { what: 'The person has moved, and left no new address here.', advice: CHECK },
  '1.8': { what: 'The receiving system does not accept your sender address.', advice: POSTMASTER },
  '1.10': { what: 'The domain of the address declares that it takes no mail at all.', advice: CHECK },
  '1.*': { what: 'The address was not accepted.', advice: CHECK },
  '2.1': { what: 'The mailbox exists but is switched off.', advice: 'Reach the person by another way.' },
  '2.2': { what: 'The mailbox is full.', advice: 'Try again in a few days, or reach the person by another way.' },
  '2.3': {
    what: 'The message is larger than that mailbox allows.',
    advice: 'Send it smaller: share large files as a link.',
  },
  '2.*': { what: 'The mailbox cannot take the message.', advice: LATER },
  '3.1': { what: 'The receiving system has no space left.', advice: LATER },
  '3.4': {
    what: 'The message is larger than the receiving system allows.',
    advice: 'Send it smaller: share large files as a link.',
  },
  '3.*': { what: 'The receiving system cannot take the message.', advice: LATER },
  '4.1': { what: 'The receiving system does not answer.', advice: LATER },
  '4.2': { what: 'The connection to the receiving system broke off.', advice: LATER },
  '4.3': { what: 'The directory that tells where to deliver could not be asked.', advice: LATER },
  '4.4': { what: 'No server could be found that takes mail for that domain.', advice: CHECK },
  '4.6': { what: 'The message went round in a loop between mail systems.', advice: POSTMASTER },
  '4.7': { what: 'The message could not be delivered for so long that we gave up.', advice: LATER },
  '4.*': { what: 'The receiving system could not be reached.', advice: LATER },
  '5.3': {
    what: 'The message has too many recipients for the receiving system.',
    advice: 'Send it to fewer people at a time.',
  },
  '5.*': { what: 'The two mail systems did not understand each other.', advice: POSTMASTER },
  '6.3': { what: 'The receiving system cannot take this form of message.', advice: 'Send it as plain text.' },
  '6.7': {
    what: 'The receiving system cannot handle addresses with characters beyond ASCII.',
    advice: 'Use an address in plain ASCII letters, if the person has one.',
  },
  '6.*': { what: 'The receiving system cannot take this form of message.', advice: 'Send it as plain text.' },
  '7.1': {
    what: 'The receiving system refused the message by its rules.',
    advice: 'Reach the person by another way, or ask your mail administrator.',
  },
  '7.*': {
    what: 'The receiving system refused the message for security reasons or by its rules.',
    advice: 'Read below what it said. Reach the person by another way, or ask your mail administrator.',
  },
};

const GENERAL: Explanation = {
  what: 'The receiving system did not take the message.',
  advice: 'Read below what it said, and try again.',
};

/** Explains a recipient's fate (RFC 3464 §2.3.3 actions). */
export function explain(status: RecipientStatus): Explanation {
  if (status.outcome === 'delivered') return { what: 'The message is in the mailbox.', advice: 'Nothing.' };
  if (status.outcome === 'relayed')
    return {
      what: 'The message was handed to a system that cannot report deliveries. It is probably fine.',
      advice: 'Nothing.',
    };
  if (status.outcome === 'expanded')
    return { what: 'The message was passed on to the addresses behind this one.', advice: 'Nothing.' };
  const [, subject, detail] = status.status.split('.');
  const found = EXPLANATIONS[`${subject}.${detail}`] ?? EXPLANATIONS[`${subject}.*`] ?? GENERAL;
  return status.outcome === 'delayed'
    ? { what: found.what, advice: 'Nothing yet: do not send it again, we keep trying.' }
    : found;
}
