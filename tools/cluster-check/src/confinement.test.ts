import assert from 'node:assert/strict';
import { test } from 'node:test';
import { faultsOf, parseConfinement } from './confinement.ts';

const NONE = '0000000000000000';
const status = (values: Readonly<Record<string, string>> = {}) =>
  Object.entries({
    Name: 'node',
    Uid: '10001\t10001\t10001\t10001',
    Gid: '10001\t10001\t10001\t10001',
    ...{ CapInh: NONE, CapPrm: NONE, CapEff: NONE, CapBnd: NONE, CapAmb: NONE },
    NoNewPrivs: '1',
    Seccomp: '2',
    ...values,
  })
    .map(([key, value]) => `${key}:\t${value}\n`)
    .join('');
const mounts = (options: string) =>
  `700 600 0:50 / / ${options} - overlay overlay rw,lowerdir=x\n701 700 0:51 / /tmp rw,nosuid - tmpfs tmpfs rw\n`;

test('a process that is confined has no fault', () => {
  assert.deepEqual(faultsOf(parseConfinement(status(), mounts('ro,relatime'))), []);
});

test('each thing that a restricted pod forbids is a fault of its own', () => {
  const faults = (values: Record<string, string>) => faultsOf(parseConfinement(status(values), mounts('ro')));
  assert.match(faults({ Uid: '10001\t0\t10001\t10001' }).join(), /runs as 10001\/0:10001/);
  assert.match(faults({ Gid: '0\t0\t0\t0' }).join(), /:0, not 10001:10001/);
  for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'])
    assert.match(faults({ [set]: '0000000000000400' }).join(), /capabilities/, set);
  assert.deepEqual(faults({ NoNewPrivs: '0' }), ['may gain privileges']);
  assert.deepEqual(faults({ Seccomp: '0' }), ['seccomp mode 0']);
  // The superblock may say rw: what counts is the mount.
  assert.deepEqual(faultsOf(parseConfinement(status(), mounts('rw,relatime'))), ['the root is mounted writable']);
  assert.ok(faultsOf(parseConfinement('', '')).length >= 4, 'nothing read is not confined');
});
