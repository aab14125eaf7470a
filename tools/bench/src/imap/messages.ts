const WORDS =
  'the of and to in is that for it as was with be by on not he his but at are this have from or had an they which one you were all her she there would their we him been has when who will no more if out so up said what its about than into them can only other time new some could these two may first then do any like my now over such our man me even most made after also did many off before must well back through years where much your way down should because long each just state people those too mail service world still see men work life without used between never another might great'.split(
    ' ',
  );
/** One message in so many has it. */
export const NEEDLE = 'quagmirewort';
const NEEDLE_EVERY = 997;

/** A message like those people get: a header of half a KiB, one or two KiB of text; always the same for a number. */
export function benchMessage(n: number): Buffer {
  let state = (n + 1) * 2_654_435_761;
  const next = (): number => {
    state = (Math.imul(state ^ (state >>> 15), 2_246_822_519) ^ (state >>> 13)) >>> 0;
    return state;
  };
  const word = (): string => WORDS[Math.floor((next() / 4_294_967_296) ** 2 * WORDS.length)] ?? 'the';
  const text = (count: number): string => Array.from({ length: count }, word).join(' ');
  const person = `${word()}.${word()}${String(next() % 500)}`;
  const date = new Date(Date.UTC(2020, 0, 1) + (next() % 150_000_000) * 1000);
  const lines = Array.from({ length: 12 + (next() % 14) }, () => text(12));
  if (n % NEEDLE_EVERY === 0) lines.splice(3, 0, `and here is the ${NEEDLE} in the text`);
  return Buffer.from(
    `Received: from mail.${person}.example ([192.0.2.${String(next() % 255)}])\r\n\tby mx.mbox.test with ESMTPS id ${String(n)}; ${date.toUTCString()}\r\n` +
      `From: ${person} <${person}@example.org>\r\nTo: somebody else <u0@mbox.test>\r\nSubject: ${n % 3 === 0 ? 'Re: ' : ''}${text(5)} ${String(n % 1000)}\r\n` +
      `Date: ${date.toUTCString().replace('GMT', '+0000')}\r\nMessage-ID: <${String(n)}.${String(next())}@example.org>\r\nMIME-Version: 1.0\r\n` +
      `Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 7bit\r\n\r\n${lines.join('\r\n')}\r\n`,
  );
}
