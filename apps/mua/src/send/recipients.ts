import addressparser from 'nodemailer/lib/addressparser';
import type { Person } from '../api-types.ts';
import { ApiError } from '../http/api-error.ts';

const MAX_RECIPIENTS = 1_000;

/** Addresses of a field as people type them; also with semicolons or line breaks between. */
export function parseRecipients(text: string): Person[] {
  const list = addressparser(text.replaceAll(/[;\r\n]+/g, ','), { flatten: true });
  return list
    .filter(({ name, address }) => name !== '' || address !== '')
    .map(({ name, address }) => ({ name, address }));
}

/** Sanity only, so that a slip is told before anything is sent; whether an address exists is known by the server. */
export const isAddress = (address: string) =>
  address.length <= 320 &&
  /^[^\s@<>]+@(?:[^\s@<>[\].]+(?:\.[^\s@<>[\].]+)*|\[[\w.:]+\])$/u.test(address.replace(/^"[^"\r\n]*"@/, 'q@'));

export interface Recipients {
  readonly to: readonly Person[];
  readonly cc: readonly Person[];
  readonly bcc: readonly Person[];
}

/** @throws ApiError NO_RECIPIENT, BAD_ADDRESS, TOO_MANY */
export function recipientsOf(fields: { to: string; cc: string; bcc: string }): Recipients {
  const lists = { to: parseRecipients(fields.to), cc: parseRecipients(fields.cc), bcc: parseRecipients(fields.bcc) };
  const all = [...lists.to, ...lists.cc, ...lists.bcc];
  if (all.length === 0) throw new ApiError(422, 'NO_RECIPIENT', 'Add at least one recipient.');
  if (all.length > MAX_RECIPIENTS)
    throw new ApiError(422, 'TOO_MANY', `A message can have ${MAX_RECIPIENTS} recipients.`);
  const wrong = all.find(({ address }) => !isAddress(address));
  if (wrong !== undefined)
    throw new ApiError(422, 'BAD_ADDRESS', `“${wrong.address || wrong.name}” is not an e-mail address.`);
  return lists;
}
