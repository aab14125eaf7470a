/** Child of durability.test.ts, run under strace: says on standard output when it begins and when each delivery is acknowledged. */
import { writeSync } from 'node:fs';
import { openSqliteStore } from '../sqlite/store.ts';
import { item, text } from './helpers.ts';

const store = await openSqliteStore({ directory: process.argv[2] ?? '' });
await store.deliver([item('traced', text('warm'))]);
writeSync(1, 'begin\n');
await store.deliver([item('traced', text('small'))]);
writeSync(1, 'small acknowledged\n');
await store.deliver([item('traced', Buffer.alloc(300_000, 'large\r\n'))]);
writeSync(1, 'large acknowledged\n');
await store.close();
