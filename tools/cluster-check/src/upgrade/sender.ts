import { setTimeout as sleep } from 'node:timers/promises';
import type { Account } from '../mail.ts';
import type { Ledger } from './ledger.ts';
import { BadReply, type SmtpDoor, SmtpWire } from './smtp-wire.ts';

export interface SenderOptions {
  readonly name: string;
  readonly ledger: Ledger;
  readonly door: SmtpDoor;
  /** Whom it signs in as; null: another mail server, at the mx. */
  readonly login: Account | null;
  /** Messages per second. */
  readonly rate: number;
  /** Addresses of the n-th message. */
  readonly places: (n: number) => readonly string[];
  readonly trusted: () => readonly string[];
  readonly showed: (door: string, at: number, certificate: Buffer) => void;
  readonly signal: AbortSignal;
}

/** So many transactions, then QUIT and a new connection, as clients do. */
const PER_CONNECTION = 10;
const LARGE_EVERY = 20;
const LINE = 'A line of a message that must come, once.\r\n';

/** Sends at a steady rate until it is told to stop; what is put off or cut is sent again under a new id. */
export async function sender(options: SenderOptions): Promise<void> {
  const { ledger, rate, signal } = options;
  const began = performance.now();
  const connection: Connection = { wire: null, sent: 0 };
  for (let n = 0; !signal.aborted; n++) {
    const early = began + (n * 1_000) / rate - performance.now();
    if (early > 0) await sleep(early);
    // Told to stop, it still brings this one to its end.
    for (const until = performance.now() + 30_000; performance.now() < until;) {
      if (await attempt(options, connection, ledger.newId(), n)) break;
      await sleep(200);
    }
  }
  await connection.wire?.say('QUIT', 221).catch(() => undefined);
  connection.wire?.close();
}

interface Connection {
  wire: SmtpWire | null;
  sent: number;
}

/** Resolves to whether it was accepted; everything else is written down. */
async function attempt(options: SenderOptions, connection: Connection, id: string, n: number): Promise<boolean> {
  const { name, ledger, door, login } = options;
  const places = options.places(n);
  const note = (outcome: 'accepted' | 'refused' | 'unanswered') =>
    ledger.attempts.push({ id, door: door.name, places, outcome, at: performance.now() });
  let wire = connection.wire;
  try {
    wire ??= await open(options, connection);
    const from = login?.address ?? 'stranger@other.test';
    await wire.send(from, places, contentOf(id, from, places, n));
    note('accepted');
    if (++connection.sent >= PER_CONNECTION) {
      connection.wire = null;
      // From here on nothing depends on it.
      await wire.say('QUIT', 221).catch(() => undefined);
      wire.close();
    }
    return true;
  } catch (error) {
    wire = connection.wire;
    const stage = wire?.stage ?? 'connecting';
    if (error instanceof BadReply) ledger.trouble(name, { kind: 'smtp-reply', code: error.code, stage }, error);
    else ledger.trouble(name, { kind: 'smtp-closed', stage, told: wire?.told ?? false }, error);
    note(stage === 'content sent' && !(error instanceof BadReply) ? 'unanswered' : 'refused');
    wire?.close();
    connection.wire = null;
    return false;
  }
}

async function open(options: SenderOptions, connection: Connection): Promise<SmtpWire> {
  const { door, login, trusted, showed } = options;
  const at = performance.now();
  const wire = new SmtpWire(door.port);
  connection.wire = wire;
  connection.sent = 0;
  showed(door.name, at, await wire.open(door, trusted(), login));
  return wire;
}

function contentOf(id: string, from: string, to: readonly string[], n: number): string {
  // Some are large enough to be kept as objects.
  const lines = n % LARGE_EVERY === LARGE_EVERY - 1 ? 1_000 : 40;
  const fields = { From: `<${from}>`, To: to.map((each) => `<${each}>`).join(', '), Subject: `upgrade ${id}` };
  const header = Object.entries({ ...fields, Date: new Date().toUTCString(), 'Message-ID': `<${id}@upgrade.test>` });
  return `${header.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${LINE.repeat(lines)}`;
}

/** The id in a message of ours. */
export const idIn = (octets: string): string | undefined => /^Subject: upgrade (u\d+)\r?$/m.exec(octets)?.[1];
