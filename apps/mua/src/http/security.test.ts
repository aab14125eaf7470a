import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { checkProvenance } from './security.ts';

const own = { host: 'mail.example', 'x-postroad': '1' };
const check = (headers: Record<string, string>, origin = '', method = 'POST') =>
  checkProvenance({ method, headers }, origin);

suite('provenance of requests', () => {
  test('reading needs nothing', () => assert.doesNotThrow(() => check({ origin: 'https://evil.example' }, '', 'GET')));

  test('our own page may act', () => {
    check(own);
    check({ ...own, origin: 'http://mail.example', 'sec-fetch-site': 'same-origin' });
    check({ ...own, host: 'inside:8080', origin: 'https://mail.example' }, 'https://mail.example');
  });

  const foreign: Record<string, Record<string, string>> = {
    'no header of ours': { host: 'mail.example' },
    'another origin': { ...own, origin: 'https://evil.example' },
    'an opaque origin': { ...own, origin: 'null' },
    'another site': { ...own, 'sec-fetch-site': 'cross-site' },
    'a sibling': { ...own, 'sec-fetch-site': 'same-site', origin: 'http://other.mail.example' },
  };
  for (const [what, headers] of Object.entries(foreign))
    test(`${what} is refused`, () => assert.throws(() => check(headers), { status: 403, code: 'FOREIGN_ORIGIN' }));
});
