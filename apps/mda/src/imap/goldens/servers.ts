import { type ImapValue, ImapWire } from '@postroad/testkit';
import { type GoldenMessage, goldenDate } from './messages.ts';

/** A mailbox with the whole corpus on one server. UID and sequence number n is message n−1. */
export interface GoldenMailbox {
  readonly wire: ImapWire;
  /** FETCH data of one message: item → value. */
  fetch(uid: number, items: string): Promise<Map<string, ImapValue>>;
  /** Answer of SEARCH, SORT (numbers) or THREAD (lists). */
  ask(command: string): Promise<ImapValue[]>;
}

export async function fillMailbox(
  at: { readonly port: number; readonly tls?: boolean; readonly user: string; readonly password: string },
  messages: readonly GoldenMessage[],
): Promise<GoldenMailbox> {
  const wire = await ImapWire.connect(at);
  await wire.ok(`LOGIN "${at.user}" "${at.password.replace(/["\\]/g, '\\$&')}"`);
  await wire.ok('CREATE Golden');
  for (const [i, { octets }] of messages.entries())
    await wire.ok([`APPEND Golden (\\Seen) "${goldenDate(i)}" `, octets]);
  const selected = await wire.ok('SELECT Golden');
  if (!selected.untagged.some(({ octets }) => octets.toString() === `${String(messages.length)} EXISTS`))
    throw new Error('not all messages are there');
  return {
    wire,
    async fetch(uid, items) {
      const { untagged } = await wire.ok(`UID FETCH ${String(uid)} (${items})`);
      const data = new Map<string, ImapValue>();
      for (const response of untagged) {
        const [, what, list] = response.values();
        if (what !== 'FETCH' || !Array.isArray(list)) continue;
        for (let i = 0; i + 1 < list.length; i += 2) data.set(String(list[i]).toUpperCase(), list[i + 1] ?? null);
      }
      return data;
    },
    async ask(command) {
      const { untagged } = await wire.ok(command);
      const [name = ''] = command.replace(/^UID /, '').split(' ');
      for (const response of untagged) {
        const [what, ...rest] = response.values();
        if (what === name) return rest;
      }
      return [];
    },
  };
}
