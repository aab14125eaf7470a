/**
 * helm test: makes an account, sends it a message through RCPT at the MX door, reads it back by IMAP, removes the account.
 * Plain Node, no packages. Settings: TEST_OPS (http://host:port), TEST_TOKEN_FILE, TEST_MX and TEST_IMAPS (host:port),
 * TEST_SERVERNAME (name in the certificate), TEST_DOMAIN, TEST_TIMEOUT_MS. Ends with 0 when the message came.
 */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import net from 'node:net';
import tls from 'node:tls';

const env = process.env;
const deadline = Date.now() + Number(env.TEST_TIMEOUT_MS);
const token = readFileSync(env.TEST_TOKEN_FILE, 'utf8').trim();
const id = randomBytes(6).toString('hex');
const address = `helm-test-${id}@${env.TEST_DOMAIN}`;
const password = randomBytes(18).toString('base64url');
const say = (text) => process.stdout.write(`${text}\n`);
const place = (text) => {
  const at = text.lastIndexOf(':');
  return { host: text.slice(0, at), port: Number(text.slice(at + 1)) };
};

/** One request to the admin API; `allowed` are statuses that are as good as success. */
async function ops(method, path, body, allowed = []) {
  const response = await fetch(`${env.TEST_OPS}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(10_000),
  });
  if (!response.ok && !allowed.includes(response.status))
    throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
}

/** Lines of a socket, one after another. */
class Lines {
  #socket;
  #lines;
  constructor(socket) {
    this.#socket = socket;
    socket.setEncoding('latin1');
    socket.setTimeout(20_000, () => socket.destroy(new Error('no answer for 20 s')));
    this.#lines = this.#read()[Symbol.asyncIterator]();
  }
  async *#read() {
    let rest = '';
    for await (const chunk of this.#socket) {
      const lines = (rest + chunk).split('\r\n');
      rest = lines.pop();
      yield* lines;
    }
  }
  async next() {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error('the connection was closed');
    return value;
  }
  write(text) {
    this.#socket.write(text);
  }
  end() {
    this.#socket.destroy();
  }
}

/** One SMTP reply, which must begin with `expected`. */
async function reply(smtp, expected) {
  for (;;) {
    const line = await smtp.next();
    if (line[3] === '-') continue;
    if (!line.startsWith(expected)) throw new Error(`the MX door said ${line}, not ${expected}`);
    return line;
  }
}

async function send() {
  const smtp = new Lines(net.connect(place(env.TEST_MX)));
  await reply(smtp, '220');
  const commands = [`EHLO helm-test.${env.TEST_DOMAIN}`, 'MAIL FROM:<>', `RCPT TO:<${address}>`];
  for (const command of commands) {
    smtp.write(`${command}\r\n`);
    await reply(smtp, '250');
  }
  smtp.write('DATA\r\n');
  await reply(smtp, '354');
  const header = [
    `From: helm test <postmaster@${env.TEST_DOMAIN}>`,
    `To: <${address}>`,
    `Subject: helm test ${id}`,
    `Date: ${new Date().toUTCString().replace('GMT', '+0000')}`,
    `Message-ID: <${id}@helm-test.${env.TEST_DOMAIN}>`,
  ];
  smtp.write(`${header.join('\r\n')}\r\n\r\nIt came.\r\n.\r\n`);
  say(`sent to ${address}: ${await reply(smtp, '250')}`);
  smtp.write('QUIT\r\n');
  smtp.end();
}

/** One IMAP command; its untagged answers. */
async function imap(session, tag, command) {
  session.write(`${tag} ${command}\r\n`);
  const untagged = [];
  for (;;) {
    const line = await session.next();
    if (!line.startsWith(`${tag} `)) untagged.push(line);
    else if (line.startsWith(`${tag} OK`)) return untagged;
    else throw new Error(`IMAP said ${line}`);
  }
}

async function came() {
  const session = new Lines(tls.connect({ ...place(env.TEST_IMAPS), servername: env.TEST_SERVERNAME }));
  try {
    await session.next();
    await imap(session, 'a', `LOGIN "${address}" "${password}"`);
    await imap(session, 'b', 'EXAMINE INBOX');
    const found = await imap(session, 'c', `UID SEARCH HEADER Message-ID "${id}@helm-test"`);
    return found.some((line) => /^\* SEARCH \d/.test(line));
  } finally {
    session.end();
  }
}

let result = 1;
try {
  await ops('POST', '/domains', { name: env.TEST_DOMAIN }, [409]);
  await ops('POST', '/accounts', { address, password });
  try {
    await send();
    while (!(await came())) {
      if (Date.now() > deadline) throw new Error('the message did not come in time: look at the queue and the traces');
      await new Promise((done) => setTimeout(done, 1_000));
    }
    say('and read back by IMAP');
    result = 0;
  } finally {
    await ops('DELETE', `/accounts/${encodeURIComponent(address)}`);
  }
} catch (error) {
  say(`failed: ${error.cause ?? error.message}`);
}
process.exit(result);
