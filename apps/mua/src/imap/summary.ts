import type { FetchMessageObject, FetchQueryObject, MessageAddressObject, MessageStructureObject } from 'imapflow';
import type { MessageSummary, Person } from '../api-types.ts';
import { partsOf } from './structure.ts';

/** What a line of the list needs. */
export const SUMMARY_QUERY: FetchQueryObject = {
  uid: true,
  flags: true,
  envelope: true,
  internalDate: true,
  size: true,
  bodyStructure: true,
};

export const people = (list: readonly MessageAddressObject[] | undefined): Person[] =>
  (list ?? [])
    .filter(({ address }) => address !== undefined && address !== '')
    .slice(0, 1_000)
    .map(({ name, address }) => ({ name: name ?? '', address: address ?? '' }));

export function summaryOf(message: FetchMessageObject): MessageSummary {
  const { envelope, flags, bodyStructure } = message;
  return {
    uid: message.uid,
    from: people(envelope?.from),
    to: people(envelope?.to),
    subject: envelope?.subject ?? '',
    date: dateOf(message).toISOString(),
    unread: flags?.has('\\Seen') !== true,
    flagged: flags?.has('\\Flagged') === true,
    answered: flags?.has('\\Answered') === true,
    attachments: hasAttachments(bodyStructure),
    size: message.size ?? 0,
  };
}

function dateOf({ internalDate, envelope }: FetchMessageObject): Date {
  for (const value of [internalDate, envelope?.date]) {
    const date = value === undefined ? new Date(NaN) : new Date(value);
    if (!Number.isNaN(date.getTime())) return date;
  }
  return new Date(0);
}

const hasAttachments = (structure: MessageStructureObject | undefined) =>
  structure !== undefined && partsOf(structure).files.some(({ inline }) => !inline);
