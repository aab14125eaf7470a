import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findProgram } from './binaries.ts';
import { freePorts } from './ports.ts';

/** A Dovecot of this machine's package: any user, one password, Maildir below a folder of its own. */
export interface Dovecot {
  readonly port: number;
  readonly pid: number;
  readonly password: string;
  /** Folder of the Maildirs: `<folder>/<user>/`. */
  readonly mail: string;
  stop(): Promise<void>;
}

export interface DovecotOptions {
  /** How much a client's APPEND is worth: Dovecot's `mail_fsync`. Default `optimized`, its own. */
  readonly fsync?: 'optimized' | 'always' | 'never';
}

/** Starts it (as root: it switches users); settings as shared/PEERS.md has them. */
export async function startDovecot(options: DovecotOptions = {}): Promise<Dovecot> {
  const program = findProgram('dovecot');
  if (program === null) throw new Error('dovecot is not installed (Debian: dovecot-imapd)');
  const root = mkdtempSync(join(tmpdir(), 'postroad-dovecot-'));
  chmodSync(root, 0o755);
  const [port = 0] = await freePorts(1);
  const { uid, gid } = idsOf('mail');
  for (const dir of ['mail', 'run', 'state']) mkdirSync(join(root, dir));
  chownSync(join(root, 'mail'), uid, gid);
  const password = 'golden-password';
  const settings = { root, port, uid, gid, password, fsync: options.fsync ?? 'optimized' };
  writeFileSync(join(root, 'dovecot.conf'), configuration(settings));
  const child = spawn(program, ['-F', '-c', join(root, 'dovecot.conf')], { stdio: 'ignore' });
  const exited = once(child, 'exit');
  await listening(port, () => child.exitCode !== null);
  return {
    port,
    pid: child.pid ?? 0,
    password,
    mail: join(root, 'mail'),
    stop: async () => {
      child.kill('SIGTERM');
      await exited;
      rmSync(root, { recursive: true, force: true });
    },
  };
}

function idsOf(user: string): { uid: number; gid: number } {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((each) => each.startsWith(`${user}:`));
  const [, , uid, gid] = line?.split(':') ?? [];
  if (uid === undefined || gid === undefined) throw new Error(`there is no user ${user}`);
  return { uid: Number(uid), gid: Number(gid) };
}

async function listening(port: number, dead: () => boolean): Promise<void> {
  for (let i = 0; i < 200; i++) {
    if (dead()) throw new Error('dovecot ended at once; is it run as root?');
    const up = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.destroy();
        resolve(true);
      });
      socket.on('error', () => {
        resolve(false);
      });
    });
    if (up) return;
    await sleep(50);
  }
  throw new Error(`dovecot does not listen on port ${String(port)}`);
}

interface Settings {
  readonly root: string;
  readonly port: number;
  readonly uid: number;
  readonly gid: number;
  readonly password: string;
  readonly fsync: string;
}

function configuration({ root, port, uid, gid, password, fsync }: Settings): string {
  return `
base_dir = ${root}/run
state_dir = ${root}/state
protocols = imap
listen = 127.0.0.1
log_path = ${root}/log
ssl = no
disable_plaintext_auth = no
mail_location = maildir:${root}/mail/%u
mail_fsync = ${fsync}
mail_uid = ${String(uid)}
mail_gid = ${String(gid)}
first_valid_uid = 1
mail_max_userip_connections = 20000
imap_max_line_length = 1 M
default_client_limit = 25000
default_process_limit = 12000
default_vsz_limit = 1 G
passdb {
  driver = static
  args = password=${password}
}
userdb {
  driver = static
  args = uid=${String(uid)} gid=${String(gid)} home=${root}/mail/%u allow_all_users=yes
}
service imap-login {
  inet_listener imap {
    port = ${String(port)}
  }
  inet_listener imaps {
    port = 0
  }
  service_count = 0
  process_min_avail = 2
}
service imap {
  process_limit = 12000
}
service anvil {
  client_limit = 30000
}
service stats {
  client_limit = 30000
}
namespace inbox {
  inbox = yes
  separator = /
}
`;
}
