/** `npm run build`: the client into dist, unless it is there already. */
import { DIST, ensureClient } from './build.ts';

const outcome = await ensureClient();
process.stdout.write(`${DIST}: ${outcome}\n`);
