/** Time of parseStructure: a 10 KiB message (target: well below 100 µs) and a 20 MiB one (below 200 ms). `node bench/structure.ts` */
import { parseStructure, StructureParser } from '../src/index.ts';

const header =
  'Received: from a.example (a.example [192.0.2.1]) by b.example with ESMTPS id x for <c@d.example>; Fri, 07 Oct 2022 16:15:05 +0000\r\n' +
  'From: "A. B." <a@b.example>\r\nTo: c@d.example, E F <e@f.example>\r\nSubject: =?utf-8?q?gr=C3=BC=C3=9Fe?=\r\n' +
  'Date: Fri, 07 Oct 2022 16:15:05 +0000\r\nMessage-ID: <x@b.example>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=xx\r\n\r\n';
const mail = (size: number) =>
  Buffer.from(
    `${header}--xx\r\n\r\nhello\r\n--xx\r\nContent-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n` +
      `${'A'.repeat(76)}\r\n`.repeat(Math.floor(size / 78)) +
      '--xx--\r\n',
  );

/** Median of `runs` timings in ms. */
function median(runs: number, work: () => void): number {
  const times = Array.from({ length: runs }, () => {
    const began = performance.now();
    work();
    return performance.now() - began;
  });
  return times.sort((a, b) => a - b)[runs >> 1]!;
}

const small = mail(10 * 1024);
const large = mail(20 * 1024 * 1024);
median(3000, () => parseStructure(small));
console.log(`10 KiB: ${(median(3000, () => parseStructure(small)) * 1000).toFixed(1)} µs`);
console.log(`20 MiB: ${median(5, () => parseStructure(large)).toFixed(1)} ms`);
const inChunks = median(5, () => {
  const parser = new StructureParser();
  for (let at = 0; at < large.length; at += 65536) parser.push(large.subarray(at, at + 65536));
  parser.end();
});
console.log(`20 MiB in 64 KiB chunks: ${inChunks.toFixed(1)} ms`);
