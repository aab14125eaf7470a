import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fuzz, smallBackend } from '../testing/fuzz.ts';
import { readResponses } from '../testing/responses.ts';

/** Commands to try; `npm run fuzz` tries a million. */
const COMMANDS = Number(process.env['IMAP_FUZZ_COMMANDS'] ?? 20_000);
const SEED = Number(process.env['IMAP_FUZZ_SEED'] ?? 1);
/** Octets of heap that may be in use more at the end than after a tenth of the way. */
const GROWTH = 20 << 20;

function heap(): number {
  globalThis.gc?.();
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

test('random and mutated commands, cut anywhere: no crash, no hang, no leak, and answers a client can read (IMAP-FUZZ-1)', async (t) => {
  let early = 0;
  const result = await fuzz({
    seed: SEED,
    commands: COMMANDS,
    progress: (commands) => {
      if (early === 0 && commands > COMMANDS / 10) early = heap();
    },
  });
  assert.equal(result.fault, null);
  const growth = heap() - early;
  t.diagnostic(
    `${String(result.commands)} commands in ${String(result.sessions)} sessions, heap ${String(Math.round(growth / 1024))} KiB more`,
  );
  if (globalThis.gc) assert.ok(growth < GROWTH, `the heap grew by ${String(growth)} octets`);
});

test('the fuzzing finds what is wrong (IMAP-FUZZ-2)', async () => {
  const crashing = await fuzz({
    seed: 1,
    commands: 2000,
    backend: () => Object.assign(smallBackend(), { storeFlags: () => Promise.reject(new TypeError('bug')) }),
  });
  assert.match(crashing.fault ?? '', /internal error: TypeError: bug/);
  const lying = await fuzz({
    seed: 1,
    commands: 2000,
    backend: () =>
      Object.assign(smallBackend(), {
        listSubscriptions: () => Promise.resolve(['a']),
        namespaces: { personal: ['\n)'], others: [], shared: ['x") ('] },
      }),
  });
  assert.equal(lying.fault, null, 'what a name holds is quoted or a literal');
});

test('answers that no client could read are noticed (IMAP-FUZZ-2)', () => {
  const faults = (text: string): number => readResponses(text).faults.length;
  assert.equal(
    faults('* 1 FETCH (BODY[] {3}\r\n)\r\n FLAGS ())\r\n* LIST () "/" "a\\"b"\r\na OK [X (] y\r\n+ go\r\n'),
    0,
  );
  for (const bad of [
    '* 1 FETCH (UID 1\r\n',
    '* LIST () "/" "a\r\n',
    '* SEARCH 1)\r\n',
    'nonsense\r\n',
    '* 1 FETCH (BODY[] {9}\r\nab)\r\n',
    '* FLAGS (a\x01)\r\n',
  ])
    assert.equal(faults(bad), 1, bad);
});
