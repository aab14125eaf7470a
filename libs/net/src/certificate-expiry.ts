import type { CertificateInUse } from './tls-contexts.ts';

/** Samples of `postroad_tls_certificate_expiry_seconds`: for each name the end that comes first. */
export function certificateExpiry(
  inUse: Iterable<CertificateInUse>,
): { readonly labels: { readonly name: string }; readonly value: number }[] {
  const ends = new Map<string, number>();
  for (const { name, notAfter } of inUse) ends.set(name, Math.min(notAfter, ends.get(name) ?? Infinity));
  return [...ends].map(([name, value]) => ({ labels: { name }, value }));
}
