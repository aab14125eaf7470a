import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findProgram, freePorts } from '@postroad/testkit';
import { dovecotConf, masterCf, mainCf, type PeerPaths, type PeerPorts } from './peer-config.ts';
import type { System } from './system.ts';

export interface PeerOptions {
  readonly users: number;
  readonly sink: string;
  readonly cert: string;
  readonly key: string;
}

const PASSWORD = 'bench-password';

/** User and group ids from /etc/passwd. */
function idsOf(user: string): { uid: number; gid: number } {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((each) => each.startsWith(`${user}:`));
  const [, , uid, gid] = line?.split(':') ?? [];
  if (uid === undefined || gid === undefined)
    throw new Error(`there is no user ${user}: is the Debian package installed?`);
  return { uid: Number(uid), gid: Number(gid) };
}

/** Postfix in front of Dovecot (LMTP, maildir), as PEERS.md sets them up; SASL by Dovecot, TLS with our certificate. */
export async function startPostfixDovecot(options: PeerOptions): Promise<System> {
  const root = mkdtempSync(join(tmpdir(), 'peers-bench-'));
  chmodSync(root, 0o755);
  const paths: PeerPaths = { root, cert: join(root, 'cert.pem'), key: join(root, 'key.pem') };
  copyFileSync(options.cert, paths.cert);
  copyFileSync(options.key, paths.key);
  const [mx = 0, submission = 0, imap = 0, lmtp = 0, auth = 0] = await freePorts(5);
  const ports: PeerPorts = { mx, submission, imap, lmtp, auth };
  for (const dir of ['postfix', 'queue', 'data', 'mail', 'dovecot', 'dovecot/run', 'dovecot/state'])
    mkdirSync(join(root, dir), { recursive: true });
  chownSync(join(root, 'data'), idsOf('postfix').uid, 0);
  const mail = idsOf('mail');
  chownSync(join(root, 'mail'), mail.uid, mail.gid);
  writeFileSync(join(root, 'postfix/main.cf'), mainCf(paths, ports, options.sink));
  writeFileSync(join(root, 'postfix/master.cf'), masterCf(ports));
  writeFileSync(join(root, 'dovecot.conf'), dovecotConf(paths, ports, mail, PASSWORD));
  const dovecot = spawn(program('dovecot'), ['-F', '-c', join(root, 'dovecot.conf')], { stdio: 'ignore' });
  const postfix = program('postfix');
  execFileSync(postfix, ['-c', join(root, 'postfix'), 'start'], { stdio: 'ignore' });
  await Promise.all([mx, submission, imap, lmtp].map(listening));
  const masterPid = Number(readFileSync(join(root, 'queue/pid/master.pid'), 'utf8'));
  return {
    name: 'Postfix+Dovecot',
    mx,
    submission,
    imap: { port: imap, tls: false },
    domain: 'mbox.test',
    users: Array.from({ length: options.users }, (_, i) => `u${i}@mbox.test`),
    password: PASSWORD,
    pids: () => [masterPid, dovecot.pid ?? 0],
    settled: () =>
      Promise.resolve(
        ['incoming', 'active', 'maildrop', 'deferred'].every((queue) => countFiles(join(root, 'queue', queue)) === 0),
      ),
    stop: async () => {
      execFileSync(postfix, ['-c', join(root, 'postfix'), 'stop'], { stdio: 'ignore' });
      dovecot.kill('SIGTERM');
      await new Promise((resolve) => (dovecot.exitCode === null ? dovecot.once('exit', resolve) : resolve(null)));
      rmSync(root, { recursive: true, force: true });
    },
  };
}

function program(name: string): string {
  const found = findProgram(name);
  if (found === null) throw new Error(`${name} is not installed (Debian package; npm run bench as root installs it)`);
  return found;
}

async function listening(port: number): Promise<void> {
  for (let i = 0; i < 200; i++) {
    const up = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true));
      socket.on('error', () => resolve(false));
      socket.on('connect', () => socket.destroy());
    });
    if (up) return;
    await sleep(50);
  }
  throw new Error(`nothing listens on port ${port}`);
}

/** Files under a queue directory (Postfix hashes deferred into sub-folders). */
function countFiles(dir: string): number {
  if (!existsSync(dir)) return 0;
  return readdirSync(dir, { withFileTypes: true }).reduce(
    (sum, entry) => sum + (entry.isDirectory() ? countFiles(join(dir, entry.name)) : 1),
    0,
  );
}
