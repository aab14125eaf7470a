import { HeaderReader, type HeaderSection } from '@postroad/message';

/** Where content goes; awaiting `write` is the back-pressure (the spool's writer has this shape). */
export interface ContentSink {
  write(chunk: Uint8Array): Promise<void>;
}

/** Octets of a header section that are held to be looked at; what is longer is refused with 554 5.6.0. */
const MAX_HEADER = 256 * 1024;

/**
 * Moves a message from a socket to its sink. Only the header section is held back: `header` sees it whole, may throw a refusal, and gives
 * back what is written in its place. The body goes through as it comes.
 * @throws MessageError for a header section beyond the limits; whatever the content, the sink or `header` throws
 */
export async function takeContent(
  content: AsyncIterable<Buffer>,
  sink: ContentSink,
  header: (section: HeaderSection) => HeaderSection | Promise<HeaderSection>,
): Promise<void> {
  const reader = new HeaderReader({ bytes: MAX_HEADER });
  for await (const chunk of content) {
    if (reader.section !== null) {
      await sink.write(chunk);
      continue;
    }
    const taken = reader.push(chunk);
    if (taken === null) continue;
    await sink.write((await header(reader.end())).bytes);
    if (taken < chunk.length) await sink.write(chunk.subarray(taken));
  }
  // A message may end without a body (RFC 5322 §3.5).
  if (reader.section === null) await sink.write((await header(reader.end())).bytes);
}
