import { type Io, usageError } from './io.ts';

const MAX_SECRET = 4_096;
const MAX_INPUT = 32 * 1024 * 1024;

/** All of stdin, bounded. @throws CliError when it is longer */
async function readAll({ stdin }: Io, limit = MAX_INPUT): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stdin) {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    size += bytes.length;
    if (size > limit) throw usageError(`what stands on stdin is longer than ${limit} octets`);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

/** A password: typed without echo at a terminal, otherwise the first line of stdin when `asked` (`--password-stdin`). */
export async function readPassword(io: Io, asked: boolean, prompt: string): Promise<string> {
  if (io.stdin.isTTY === true) return typed(io, prompt);
  if (!asked)
    throw usageError(
      'no password was given',
      'put it on stdin and say --password-stdin: printf %s "$PASSWORD" | postroad … --password-stdin',
    );
  const [line = ''] = (await readAll(io, MAX_SECRET)).toString('utf8').split('\n', 1);
  return checked(line.replace(/\r$/, ''));
}

/** Password in the first line, the rest as it is: for a command that needs both from one stdin. */
export async function readPasswordAndBody(io: Io): Promise<{ password: string; body: Buffer }> {
  const all = await readAll(io);
  const end = all.indexOf(10);
  if (end === -1) throw usageError('stdin must hold the password in its first line, and the body after it');
  return { password: checked(all.toString('utf8', 0, end).replace(/\r$/, '')), body: all.subarray(end + 1) };
}

function checked(password: string): string {
  if (password === '') throw usageError('the password on stdin is empty');
  return password;
}

async function typed({ stdin, stderr }: Io, prompt: string): Promise<string> {
  stderr.write(`${prompt}: `);
  stdin.setRawMode?.(true);
  try {
    let text = '';
    for await (const chunk of stdin)
      for (const key of String(chunk)) {
        if (key === '\r' || key === '\n') return checked(text);
        if (key === '\u0003' || key === '\u0004') throw usageError('stopped');
        text = key === '\u007f' || key === '\b' ? text.slice(0, -1) : (text + key).slice(0, MAX_SECRET);
      }
    return checked(text);
  } finally {
    stdin.setRawMode?.(false);
    stderr.write('\n');
  }
}
