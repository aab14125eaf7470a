/** Child of crash.test.ts: delivers without end and prints each queue id once its delivery was acknowledged. */
import { createHash } from 'node:crypto';
import { openSqliteStore } from '../sqlite/store.ts';

const store = await openSqliteStore({ directory: process.argv[2] ?? '' });
const large = Buffer.alloc(200_000, 'Subject: large\r\n\r\nx');
for (let batch = 0; ; batch++) {
  const items = Array.from({ length: 16 }, (_, i) => {
    const queueId = `${String(batch).padStart(6, '0')}-${String(i)}`;
    const small = Buffer.from(`Subject: ${queueId}\r\n\r\nbody ${queueId}\r\n`);
    const content = i === 0 ? Buffer.concat([small, large]) : small;
    return {
      accountId: 'crash',
      queueId,
      finalRecipient: 'a@b.test',
      internalDate: batch,
      prefix: Buffer.from(`X-Queue: ${queueId}\r\n`),
      content: {
        size: content.length,
        sha256: createHash('sha256').update(content).digest('hex'),
        inline: i === 0 ? null : content,

        async *stream() {
          yield content;
        },
      },
    };
  });
  await store.deliver(items);
  process.stdout.write(items.map((item) => `${item.queueId}\n`).join(''));
}
