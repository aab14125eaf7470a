/** Every port of a stack: the well-known one plus the offset (DESIGN §5). */
export interface Ports {
  readonly mx: number;
  readonly submission: number;
  readonly submissions: number;
  readonly imap: number;
  readonly imaps: number;
  readonly webmail: number;
  readonly ops: number;
  readonly otlp: number;
  readonly health: Readonly<Record<'msa' | 'mta' | 'mda' | 'mua', number>>;
  /** Ports of mda `i`, counted from 0; the first one has the well-known ones. */
  mda(i: number): { readonly imap: number; readonly imaps: number; readonly lmtp: number; readonly health: number };
  /** Client, monitoring and cluster port of broker `i`. */
  nats(i: number): readonly [number, number, number];
}

export function portsAt(offset: number): Ports {
  return {
    mx: 25 + offset,
    submission: 587 + offset,
    submissions: 465 + offset,
    imap: 143 + offset,
    imaps: 993 + offset,
    // 8080, not 80: browsers refuse to open port 10080 (docs/adr).
    webmail: 8_080 + offset,
    ops: 90 + offset,
    otlp: 4_318 + offset,
    health: { msa: 91 + offset, mta: 92 + offset, mda: 94 + offset, mua: 95 + offset },
    mda: (i) => ({
      imap: 143 + i + offset,
      imaps: 993 + i + offset,
      lmtp: (i === 0 ? 24 : 240 + i) + offset,
      health: (i === 0 ? 94 : 193 + i) + offset,
    }),
    nats: (i) => [4_222 + offset + i * 10, 4_223 + offset + i * 10, 4_224 + offset + i * 10],
  };
}
