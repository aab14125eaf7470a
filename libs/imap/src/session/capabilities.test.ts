import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { SessionDriver } from '../testing/session-driver.ts';
import { CAPABILITIES } from './capabilities.ts';

/** Rows of the section "Capabilities" of SPEC.md: name, RFCs, rules. */
function rows(): { name: string; rfcs: string; rules: string[] }[] {
  const text = readFileSync(new URL('../../SPEC.md', import.meta.url), 'utf8');
  const section = text.split(/^## /m).find((part) => part.startsWith('Capabilities')) ?? '';
  return [...section.matchAll(/^\| `([^`]+)` *\| ([^|]+)\| ([^|]+)\|$/gm)].map(
    ([, name = '', rfcs = '', rules = '']) => ({
      name,
      rfcs: rfcs.trim(),
      rules: rules.trim().split(', '),
    }),
  );
}

test('SPEC.md has a row for each capability, with rules that are done (IMAP-CAP-1)', () => {
  const spec = readFileSync(new URL('../../SPEC.md', import.meta.url), 'utf8');
  assert.deepEqual(
    rows().map(({ name }) => name),
    CAPABILITIES.map(({ name }) => name),
  );
  for (const { name, rfcs, rules } of rows()) {
    assert.match(rfcs, /^\d{4}(?:, \d{4})*$|^–$/, name);
    for (const rule of rules) assert.match(spec, new RegExp(`^\\| ${rule} .*\\| done +\\|$`, 'm'), `${name}: ${rule}`);
  }
});

test('what is announced follows state, TLS and settings (IMAP-CAP-2)', async () => {
  const driver = new SessionDriver({ limits: { append: 1234, messages: 99 } });
  const early = await driver.command('CAPABILITY');
  assert.match(
    early,
    /\* CAPABILITY IMAP4rev1 IMAP4rev2 .* THREAD=REFERENCES THREAD=ORDEREDSUBJECT .* APPENDLIMIT=1234 /,
  );
  assert.match(early, / MESSAGELIMIT=99 SASL-IR AUTH=PLAIN\r\n/);
  await driver.command('LOGIN user pass');
  assert.doesNotMatch(await driver.command('CAPABILITY'), /AUTH=|SASL-IR|LOGINDISABLED|STARTTLS/);
  await driver.end();
});
