import { missingS3, TestS3 } from '@postroad/testkit';
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { createServer } from 'node:net';
import { Readable } from 'node:stream';
import { after, before, suite, test } from 'node:test';
import { S3Bucket, type S3Body } from './client.ts';

function body(octets: Buffer, pieces = 1): S3Body {
  const size = Math.ceil(octets.length / pieces);
  return {
    size: octets.length,
    sha256: createHash('sha256').update(octets).digest(),
    open: () =>
      pieces === 1
        ? octets
        : Readable.from(Array.from({ length: pieces }, (_, i) => octets.subarray(i * size, (i + 1) * size))),
  };
}

async function all(octets: AsyncIterable<Uint8Array> | null): Promise<Buffer | null> {
  return octets && Buffer.concat(await Array.fromAsync(octets));
}

suite('S3', { skip: missingS3() }, () => {
  let server: TestS3;
  const open = (prefix: string, more = {}): S3Bucket =>
    new S3Bucket({
      endpoint: server.endpoint,
      region: server.region,
      bucket: server.bucket,
      accessKeyId: server.accessKeyId,
      secretAccessKey: server.secretAccessKey,
      forcePathStyle: true,
      prefix,
      ...more,
    });
  before(async () => {
    server = await TestS3.start();
  });
  after(() => server.stop());

  test('objects are put from memory and as streams, read in ranges, listed and removed', async () => {
    const bucket = open('one/');
    const octets = randomBytes(300_000);
    await bucket.put('a/1', body(octets));
    await bucket.put('a/2', body(octets, 7));
    for (const key of ['a/1', 'a/2']) {
      assert.deepEqual(await all(await bucket.get(key, 0, octets.length)), octets);
      for (const [start, end] of [
        [70_000, 70_001],
        [0, 1],
        [299_999, 300_000],
        [1, 299_999],
      ] as const)
        assert.deepEqual(await all(await bucket.get(key, start, end)), octets.subarray(start, end));
    }
    assert.equal(await bucket.get('a/3', 0, 1), null);
    await open('other/').put('a/9', body(octets));
    assert.deepEqual((await Array.fromAsync(bucket.list())).flat(), ['a/1', 'a/2']);
    await bucket.remove(['a/1', 'never']);
    assert.deepEqual((await Array.fromAsync(bucket.list('a/'))).flat(), ['a/2']);
    await bucket.remove([]);
    bucket.close();
  });

  test('a server that is away, refuses or says nothing is UNAVAILABLE', async () => {
    const wrong = open('x/', { accessKeyId: 'WRONG' });
    await assert.rejects(wrong.put('a', body(Buffer.from('a'))), { code: 'UNAVAILABLE' });
    await assert.rejects(wrong.get('a', 0, 1), { code: 'UNAVAILABLE' });
    await assert.rejects(Array.fromAsync(wrong.list()), { code: 'UNAVAILABLE' });
    const noBucket = open('x/', { bucket: 'never' });
    await assert.rejects(noBucket.put('a', body(Buffer.from('a'), 2)), { code: 'UNAVAILABLE' });
    await server.kill();
    const bucket = open('x/');
    await assert.rejects(bucket.put('a', body(Buffer.from('abc'), 2)), { code: 'UNAVAILABLE' });
    await assert.rejects(bucket.remove(['a']), { code: 'UNAVAILABLE' });
    await server.launch();
    await bucket.put('a', body(Buffer.from('abc'), 2));
  });

  test('an answer that ends early is UNAVAILABLE, not a short message', async () => {
    const broken = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => socket.end('HTTP/1.1 206 Partial\r\nContent-Length: 10\r\n\r\nabc'));
    });
    await new Promise<void>((resolve) => broken.listen(0, '127.0.0.1', resolve));
    const { port } = broken.address() as { port: number };
    const bucket = open('x/', { endpoint: `http://127.0.0.1:${String(port)}` });
    const reading = bucket.get('a', 0, 10).then(all);
    await assert.rejects(reading, { code: 'UNAVAILABLE' });
    bucket.close();
    broken.close();
  });
});
