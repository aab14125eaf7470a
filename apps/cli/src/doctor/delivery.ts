import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { at, type Client } from '../client.ts';
import type { Story } from '../commands/trace.ts';
import { duration } from '../style.ts';
import { submit } from '../submit.ts';
import type { StackFile } from '../target.ts';
import { type Check, fail, ok } from './types.ts';

const PATIENCE_MS = 30_000;

/** Sends a message from an account to itself, and follows it into the mailbox. */
export async function checkDelivery(api: Client, stack: StackFile, user: string, password: string): Promise<Check> {
  const began = performance.now();
  try {
    const { queueId } = await submit({
      ...{
        address: stack.addresses.submission,
        ca: readFileSync(stack.certificate),
        user,
        password,
        from: user,
        to: [user],
      },
      ...{ subject: 'postroad doctor', body: 'A message to see that the road is open. It may be deleted.\n' },
    });
    if (queueId === null) return fail('delivery', 'the reply names no queue id', 'is this door a Postroad?');
    for (let state = 'unknown'; ; await sleep(200)) {
      const found = await api.get<{ messages: Story[] }>(at('/trace/{}', queueId)).catch(() => null);
      state = found?.messages[0]?.state ?? state;
      const took = performance.now() - began;
      if (state === 'delivered')
        return ok('delivery', `${queueId} was in the mailbox and in the console within ${duration(Math.round(took))}`);
      if (state === 'failed' || state === 'held' || took > PATIENCE_MS)
        return fail('delivery', `${queueId} is ${state}`, `postroad trace ${queueId}`);
    }
  } catch (error) {
    return fail('delivery', (error as Error).message, 'is the password right? See msa.log in the logs folder');
  }
}
