/**
 * The first two numbers of an enhanced status (RFC 3463), as a label: `4.4`. Another host may have chosen the text, so only
 * the classes and subjects that the RFC knows pass; the rest is `other`, none is empty.
 */
export function statusClass(status: string | undefined): string {
  if (status === undefined || status === '') return '';
  return /^([245]\.[0-7])\.\d{1,3}$/.exec(status)?.[1] ?? 'other';
}
