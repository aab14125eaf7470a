/** Child of memory.test.ts: the IMAP role alone in a process; tells its port, and its highest resident set (MiB) when asked. */
import { startHarness } from './harness.ts';

const harness = await startHarness();
let peak = 0;
const timer = setInterval(() => {
  peak = Math.max(peak, process.memoryUsage().rss);
}, 20);
process.on('message', (message) => {
  if (message === 'peak') process.send?.({ peak: peak / (1 << 20) });
  else {
    clearInterval(timer);
    void harness.close().then(() => process.exit(0));
  }
});
process.send?.({ tls: harness.tls });
