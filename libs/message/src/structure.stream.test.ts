import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeField, parseStructure, readHeaderSection, StructureParser } from './index.ts';

const CHUNK = 64 * 1024;

test('MIME-10 20 MiB stream through in bounded memory and time', () => {
  const head = Buffer.from(
    'Content-Type: multipart/mixed; boundary=xx\r\n\r\n--xx\r\nContent-Type: application/pdf\r\n\r\n',
  );
  const line = `${'A'.repeat(76)}\r\n`;
  const perChunk = Math.floor(CHUNK / line.length);
  const chunk = Buffer.from(line.repeat(perChunk));
  const rounds = Math.ceil((20 * 1024 * 1024) / chunk.length);
  const parser = new StructureParser();
  const before = process.memoryUsage().arrayBuffers;
  // µs of this thread alone: what else the machine does is not counted.
  const began = process.threadCpuUsage();
  parser.push(head);
  for (let i = 0; i < rounds; i++) parser.push(chunk);
  parser.push(Buffer.from('--xx--\r\n'));
  const structure = parser.end();
  assert.ok(process.threadCpuUsage(began).user < 1_000_000);
  assert.ok(process.memoryUsage().arrayBuffers - before < 4 * 1024 * 1024);
  const [part] = structure.part.parts!;
  assert.equal(part!.bodyEnd - part!.bodyStart, rounds * chunk.length - 2);
  assert.equal(part!.lines, rounds * perChunk - 1);
});

test('MIME-11 a boundary in RFC 2231 pieces, a boundary longer than any line', () => {
  const pieces = parseStructure(
    Buffer.from('Content-Type: multipart/mixed; boundary*0=a; boundary*1=b\n\n--ab\n\nx\n--ab--\n'),
  );
  assert.equal(pieces.part.parts?.length, 1);
  const long = 'b'.repeat(9000);
  const endless = parseStructure(Buffer.from(`Content-Type: multipart/mixed; boundary=${long}\n\n--${long}\n\nx\n`));
  assert.equal(endless.part.parts?.length, 0);
});

test('WRT-02 UTF-8 stays as it is when asked (RFC 6532)', () => {
  const written = encodeField('Subject', 'grüße 👋', { utf8: true });
  assert.equal(written, 'Subject: grüße 👋\r\n');
  assert.equal(readHeaderSection(Buffer.from(written)).text('subject'), 'grüße 👋');
});
