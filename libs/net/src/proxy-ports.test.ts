import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withProxyPorts } from './proxy-ports.ts';

const at = { bind: '::', proxyFrom: ['10.0.0.0/8'] };

test('without a PROXY port the plain ones are as ever; with one they read no header', () => {
  const ports = [
    { port: 587, proxyPort: 0 },
    { port: 465, proxyPort: 0, implicitTls: true },
  ] as const;
  assert.deepEqual(withProxyPorts(at, ports), [
    { host: '::', port: 587, implicitTls: false },
    { host: '::', port: 465, implicitTls: true },
  ]);
  assert.deepEqual(withProxyPorts(at, [ports[0], { ...ports[1], proxyPort: 4650 }]), [
    { host: '::', port: 587, implicitTls: false, proxy: 'never' },
    { host: '::', port: 465, implicitTls: true, proxy: 'never' },
    { host: '::', port: 4650, implicitTls: true, proxy: 'required' },
  ]);
});

test('a PROXY port that nobody could use is refused by a sentence', () => {
  assert.throws(
    () => withProxyPorts({ bind: '::', proxyFrom: [] }, [{ port: 25, proxyPort: 2525 }]),
    (error: Error & { code?: string }) => error.code === 'CONFIG_INVALID' && /proxyFrom/.test(error.message),
  );
});
