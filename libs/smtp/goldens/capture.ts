/**
 * Captures how a real Postfix answers the command lines of `lines.ts` (RFC 5321 verbs, paths and parameters), into `postfix.json`.
 * Starts a private instance on a loopback port with everything under a temporary folder, and stops it again.
 * Usage (as root, Postfix installed): node goldens/capture.ts [port]
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LINES } from './lines.ts';

const PORT = Number(process.argv[2] ?? 25_252);

function idOf(file: string, name: string): number {
  const line = readFileSync(file, 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith(`${name}:`));
  return Number(line?.split(':')[2]);
}

function configure(): string {
  const root = mkdtempSync(join(tmpdir(), 'postfix-goldens-'));
  chmodSync(root, 0o755); // Postfix's own user must reach its folders
  for (const name of ['etc', 'queue', 'data']) mkdirSync(join(root, name));
  chownSync(join(root, 'data'), idOf('/etc/passwd', 'postfix'), 0);
  const settings = {
    compatibility_level: '3.6',
    queue_directory: join(root, 'queue'),
    data_directory: join(root, 'data'),
    maillog_file: join(root, 'postfix.log'),
    maillog_file_prefixes: root,
    myhostname: 'mx.golden.test',
    mydestination: 'golden.test, mx.golden.test',
    inet_interfaces: '127.0.0.1',
    inet_protocols: 'ipv4',
    mynetworks: '127.0.0.0/8',
    local_recipient_maps: '',
    smtpd_relay_restrictions: 'permit_mynetworks, reject',
    smtpd_tls_security_level: 'none',
    smtpd_error_sleep_time: '0',
    smtpd_soft_error_limit: '1000',
    smtpd_hard_error_limit: '1000',
    message_size_limit: '26214400',
    disable_dns_lookups: 'yes',
    smtputf8_enable: 'yes',
    alias_maps: '',
    alias_database: '',
  };
  const main = Object.entries(settings).map(([key, value]) => `${key} = ${value}`);
  writeFileSync(join(root, 'etc/main.cf'), `${main.join('\n')}\n`);
  const services = [
    `127.0.0.1:${String(PORT)} inet n - n - - smtpd`,
    'cleanup unix n - n - 0 cleanup',
    'qmgr unix n - n 300 1 qmgr',
    'rewrite unix - - n - - trivial-rewrite',
    'proxymap unix - - n - - proxymap',
    'anvil unix - - n - 1 anvil',
    'postlog unix-dgram n - n - 1 postlogd',
    ...['bounce', 'defer', 'trace'].map((name) => `${name} unix - - n - 0 bounce`),
    'error unix - - n - - error',
    'local unix - n n - - local',
    'smtp unix - - n - - smtp',
  ];
  writeFileSync(join(root, 'etc/master.cf'), `${services.join('\n')}\n`);
  return root;
}

/** Sends raw lines one by one and reads one whole reply for each. */
class Dialogue {
  readonly #socket: Socket;
  #text = '';
  #wake: (() => void) | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      this.#text += chunk;
      this.#wake?.();
    });
    socket.on('close', () => this.#wake?.());
    socket.on('error', () => this.#wake?.());
  }

  async reply(): Promise<string> {
    for (;;) {
      const match = /^(?:\d{3}-[^\n]*\n)*\d{3} [^\n]*\n/.exec(this.#text);
      if (match !== null) {
        this.#text = this.#text.slice(match[0].length);
        return match[0];
      }
      if (this.#socket.closed) throw new Error(`closed after ${JSON.stringify(this.#text)}`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  async say(line: string): Promise<string> {
    this.#socket.write(`${line}\r\n`, 'utf8');
    return await this.reply();
  }

  end(): void {
    this.#socket.destroy();
  }
}

async function open(): Promise<{ dialogue: Dialogue; greeting: string }> {
  for (let attempt = 0; ; attempt++) {
    const socket = connect(PORT, '127.0.0.1');
    const up = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => {
        resolve(true);
      });
      socket.once('error', () => {
        resolve(false);
      });
    });
    if (up) {
      const dialogue = new Dialogue(socket);
      return { dialogue, greeting: await dialogue.reply() };
    }
    if (attempt > 50) throw new Error('Postfix did not come up');
    await sleep(100);
  }
}

async function capture(): Promise<void> {
  const { dialogue, greeting } = await open();
  const ehlo = await dialogue.say('EHLO client.golden.test');
  const results: { line: string; mail?: string; reply: string }[] = [];
  for (const { line, mail } of LINES) {
    await dialogue.say('RSET');
    if (mail !== undefined) await dialogue.say(mail);
    const answer = await dialogue.say(line);
    results.push(mail === undefined ? { line, reply: answer } : { line, mail, reply: answer });
  }
  dialogue.end();
  const version = execFileSync('/usr/sbin/postconf', ['-d', '-h', 'mail_version'], { encoding: 'utf8' }).trim();
  const target = join(import.meta.dirname, 'postfix.json');
  writeFileSync(target, `${JSON.stringify({ peer: `Postfix ${version}`, greeting, ehlo, results }, null, 2)}\n`);
}

const root = configure();
const postfix = (verb: string): void => {
  execFileSync('/usr/sbin/postfix', ['-c', join(root, 'etc'), verb], { stdio: 'ignore' });
};
try {
  postfix('start');
  await capture();
} finally {
  postfix('stop');
  await sleep(500);
  rmSync(root, { recursive: true, force: true });
}
