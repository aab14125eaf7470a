import { mutate, randomCommand } from './grammar.ts';
import { MemoryBackend } from './memory-backend.ts';
import { random } from './random.ts';
import { readResponses } from './responses.ts';
import { SessionDriver } from './session-driver.ts';

export interface FuzzOptions {
  readonly seed: number;
  /** Commands in all. */
  readonly commands: number;
  /** The backend of each session. */
  readonly backend?: () => MemoryBackend;
  /** Called between sessions with the commands done so far. */
  readonly progress?: (commands: number) => void;
}

export interface FuzzResult {
  readonly sessions: number;
  readonly commands: number;
  /** The first fault found: its seed, what was sent and what is wrong. */
  readonly fault: string | null;
}

/** ms in which a session has to have answered everything. */
const HANG = 20_000;

const MULTIPART =
  'A: b\r\nFrom: "q" <a@x.test>\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Transfer-Encoding: base64\r\n\r\nAAECAw==\r\n' +
  '--x\r\nContent-Type: message/rfc822\r\n\r\nSubject: =?utf-8?q?=C3=A4?=\r\n\r\nhi\r\n--x--';

/** A small mailbox to do harm to. */
export function smallBackend(): MemoryBackend {
  const backend = new MemoryBackend();
  backend.deliver('INBOX', Buffer.from(MULTIPART), ['\\Seen'], 1e12);
  backend.deliver('INBOX', Buffer.from('Subject: two\r\nMessage-ID: <2@x>\r\n\r\nbody\0nul'));
  backend.deliver('INBOX', Buffer.from('Subject: "three\r\nTo: \xe4, g: a@b;\r\n\r\n', 'latin1'), ['$x']);
  return backend;
}

/** Whole sessions of random commands, some of them broken, cut anywhere; stops at the first fault. */
export async function fuzz(options: FuzzOptions): Promise<FuzzResult> {
  let commands = 0;
  let sessions = 0;
  for (let seed = options.seed; commands < options.commands; seed++, sessions++) {
    const pick = random(seed * 2_654_435_761);
    const isClean = pick(3) === 0;
    const lines = ['t0 LOGIN user pass\r\n', 't1 SELECT INBOX\r\n'].slice(0, pick(8));
    for (let n = 5 + pick(40); lines.length < n;) {
      const text = randomCommand(pick);
      lines.push(`t${String(lines.length)} ${isClean || pick(3) > 0 ? text : mutate(text, pick)}\r\n`);
    }
    commands += lines.length;
    const fault = await runOne(lines, pick, isClean, (options.backend ?? smallBackend)());
    if (fault) return { sessions, commands, fault: `seed ${String(seed)}: ${fault}\n${JSON.stringify(lines)}` };
    options.progress?.(commands);
  }
  return { sessions, commands, fault: null };
}

async function runOne(
  lines: readonly string[],
  pick: (below: number) => number,
  isClean: boolean,
  backend: MemoryBackend,
): Promise<string | null> {
  const limits = {
    errors: 1e9,
    authTimeout: HANG,
    idleTimeout: HANG,
    skip: 2000,
    append: 3000,
    line: 2500,
    messages: 1 + pick(9),
  };
  const driver = new SessionDriver({ backend, limits, literals: 'plus' });
  const input = Buffer.from(`${lines.join('')}${isClean ? 'end NOOP\r\n' : ''}`, 'latin1');
  for (let at = 0; at < input.length;) {
    const next = Math.min(input.length, at + 1 + pick(pick(2) === 0 ? 20 : 400));
    driver.send(Buffer.from(input.subarray(at, next)));
    at = next;
    if (pick(3) === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  driver.session.end();
  let timer: NodeJS.Timeout | undefined;
  const hang = new Promise<'hang'>((resolve) => {
    timer = setTimeout(resolve, HANG, 'hang');
  });
  const outcome = await Promise.race([driver.done, hang]);
  clearTimeout(timer);
  if (outcome === 'hang') return 'hangs';
  if (driver.errors.length > 0) return `internal error: ${String((driver.errors[0] as Error).stack)}`;
  const output = driver.take();
  const { faults } = readResponses(output);
  if (faults[0] !== undefined) return faults[0];
  // what follows the grammar keeps the stream in step: the last command is answered
  return isClean && !/^(?:end OK|\* BYE)/m.test(output)
    ? `the last command is not answered: ${output.slice(-500)}`
    : null;
}
