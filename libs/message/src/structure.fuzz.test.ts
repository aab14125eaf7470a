import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { HeaderReader, MessageError, parseStructure, readHeaderSection, searchText, StructureParser } from './index.ts';
import { corpusFiles, corpusMissing } from './testing/corpus.ts';

const skip = corpusMissing();
const mail = corpusFiles('.').filter(({ name, bytes }) => /\.(eml|msg)$/.test(name) && bytes.length < 40_000);

/** Pieces of a message at the given places. */
function pieces(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  // Copies that are wiped after use: a parser that kept a view would show it.
  return places.slice(1).map((end, i) => Buffer.from(bytes.subarray(places[i], end)));
}

function inPieces(chunks: readonly Buffer[], limits = {}): unknown {
  const parser = new StructureParser(limits);
  for (const chunk of chunks) {
    parser.push(chunk);
    chunk.fill(0x2d);
  }
  return parser.end();
}

/** Lines that make structure, put together at random. */
const messy = fc
  .array(
    fc.constantFrom(
      'Content-Type: multipart/mixed; boundary=a',
      'Content-Type: multipart/digest; boundary="a b"',
      'Content-Type: message/rfc822',
      '--a',
      '--a--',
      '--a b',
      '--a b--',
      '--ab',
      '',
      '',
      'text',
      'From: x <y@z>',
      ' folded',
      '\r',
      '--',
    ),
    { maxLength: 60 },
  )
  .chain((lines) => fc.constantFrom('\n', '\r\n').map((eol) => Buffer.from(lines.join(eol))));

test('MIME-09 any split of generated mail gives the same structure', () => {
  fc.assert(
    fc.property(messy, fc.array(fc.nat(), { maxLength: 20 }), (bytes, cuts) => {
      const whole = parseStructure(bytes);
      assert.deepEqual(inPieces(pieces(bytes, cuts)), whole);
      assert.deepEqual(inPieces([...bytes].map((octet) => Buffer.from([octet]))), whole);
      const limits = { depth: 2, parts: 3, headerBytes: 50, totalHeaderBytes: 80 };
      assert.deepEqual(inPieces(pieces(bytes, cuts), limits), parseStructure(bytes, limits));
    }),
    { numRuns: 400 },
  );
});

test('MIME-09 any split of corpus mail gives the same structure', { skip }, () => {
  fc.assert(
    fc.property(fc.constantFrom(...mail), fc.array(fc.nat(), { minLength: 1, maxLength: 30 }), ({ bytes }, cuts) => {
      assert.deepEqual(inPieces(pieces(bytes, cuts)), parseStructure(bytes));
    }),
    { numRuns: 300 },
  );
});

test('MIME-08 HDR-08 mutated corpus mail never throws but coded errors', { skip }, () => {
  const mutation = fc.array(
    fc.record({ at: fc.nat(), octet: fc.constantFrom(0, 9, 10, 13, 32, 34, 40, 45, 58, 59, 60, 61, 255) }),
    {
      maxLength: 40,
    },
  );
  fc.assert(
    fc.property(fc.constantFrom(...mail), mutation, ({ bytes }, changes) => {
      const mutant = Buffer.from(bytes);
      for (const { at, octet } of changes) mutant[at % mutant.length] = octet;
      searchText(mutant, parseStructure(mutant), 5000);
      try {
        readHeaderSection(mutant, { bytes: 4096, fields: 30, lineLength: 500 });
      } catch (error) {
        assert.ok(error instanceof MessageError, String(error));
      }
    }),
    { numRuns: 300 },
  );
});

test('HDR-01 any split of a header section reads the same and ends at the same octet', () => {
  const source = fc.array(fc.constantFrom('A: b', ' c', '', '\r', 'x', 'Subject: y\r'), { maxLength: 12 });
  fc.assert(
    fc.property(source, fc.constantFrom('\n', '\r\n'), fc.array(fc.nat(), { maxLength: 8 }), (lines, eol, cuts) => {
      const bytes = Buffer.from(lines.join(eol));
      const whole = readHeaderSection(bytes);
      const reader = new HeaderReader();
      let taken = 0;
      for (const chunk of pieces(bytes, cuts)) {
        const end = reader.push(chunk);
        taken += end ?? chunk.length;
        chunk.fill(0x2d);
        if (end !== null) break;
      }
      assert.deepEqual(reader.end().bytes, whole.bytes);
      assert.equal(taken, whole.bytes.length);
    }),
    { numRuns: 500 },
  );
});
