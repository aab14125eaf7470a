import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findProgram, freePorts } from '@postroad/testkit';

/** A Postfix of this machine's package that takes mail over SMTP and hands all of a domain to an LMTP server. */
export interface TestPostfix {
  readonly port: number;
  /** Folder of its settings. */
  readonly etc: string;
  /** What it has said so far. */
  readonly log: () => string;
  stop(): void;
}

/** As shared/PEERS.md has it, without chroot; as root, since it switches users. */
export async function startPostfix(domain: string, lmtpPort: number): Promise<TestPostfix> {
  const postfix = findProgram('postfix') ?? '/usr/sbin/postfix';
  const root = mkdtempSync(join(tmpdir(), 'postroad-postfix-'));
  chmodSync(root, 0o755);
  const [port = 0] = await freePorts(1);
  for (const folder of ['etc', 'queue', 'data']) mkdirSync(join(root, folder));
  chownSync(join(root, 'data'), Number(execFileSync('id', ['-u', 'postfix'], { encoding: 'utf8' })), 0);
  const log = join(root, 'postfix.log');
  writeFileSync(join(root, 'etc/main.cf'), mainCf({ root, log, domain, lmtpPort }));
  writeFileSync(join(root, 'etc/master.cf'), masterCf(port));
  execFileSync(postfix, ['-c', join(root, 'etc'), 'start'], { stdio: 'ignore' });
  return {
    port,
    etc: join(root, 'etc'),
    log: () => readFileSync(log, 'utf8'),
    stop: () => {
      execFileSync(postfix, ['-c', join(root, 'etc'), 'stop'], { stdio: 'ignore' });
      rmSync(root, { recursive: true, force: true });
    },
  };
}

function mainCf(at: { root: string; log: string; domain: string; lmtpPort: number }): string {
  const settings = {
    compatibility_level: '3.6',
    queue_directory: `${at.root}/queue`,
    data_directory: `${at.root}/data`,
    maillog_file: at.log,
    maillog_file_prefixes: at.root,
    myhostname: 'postfix.test',
    mydestination: '',
    inet_interfaces: '127.0.0.1',
    inet_protocols: 'ipv4',
    mynetworks: '127.0.0.0/8',
    alias_maps: '',
    alias_database: '',
    local_recipient_maps: '',
    disable_dns_lookups: 'yes',
    in_flow_delay: '0',
    smtpd_tls_security_level: 'none',
    lmtp_tls_security_level: 'may',
    smtpd_relay_restrictions: 'permit_mynetworks,reject',
    virtual_mailbox_domains: at.domain,
    virtual_transport: `lmtp:inet:127.0.0.1:${String(at.lmtpPort)}`,
    message_size_limit: '30000000',
    mailbox_size_limit: '0',
    virtual_mailbox_limit: '0',
    lmtp_destination_recipient_limit: '10',
    // notifications have nowhere to go here
    default_transport: 'discard:',
    relay_transport: 'discard:',
  };
  return Object.entries(settings)
    .map(([name, value]) => `${name} = ${value}\n`)
    .join('');
}

function masterCf(port: number): string {
  return [
    `127.0.0.1:${String(port)} inet n - n - - smtpd`,
    'pickup unix n - n 60 1 pickup',
    'cleanup unix n - n - 0 cleanup',
    'qmgr unix n - n 300 1 qmgr',
    'tlsmgr unix - - n 1000? 1 tlsmgr',
    'rewrite unix - - n - - trivial-rewrite',
    ...['bounce', 'defer', 'trace'].map((name) => `${name} unix - - n - 0 bounce`),
    'verify unix - - n - 1 verify',
    'flush unix n - n 1000? 0 flush',
    'proxymap unix - - n - - proxymap',
    'error unix - - n - - error',
    'retry unix - - n - - error',
    'discard unix - - n - - discard',
    'lmtp unix - - n - - lmtp',
    'anvil unix - - n - 1 anvil',
    'scache unix - - n - 1 scache',
    'postlog unix-dgram n - n - 1 postlogd',
    '',
  ].join('\n');
}
