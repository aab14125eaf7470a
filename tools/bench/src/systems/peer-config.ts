export interface PeerPaths {
  readonly root: string;
  readonly cert: string;
  readonly key: string;
}
export interface PeerPorts {
  readonly mx: number;
  readonly submission: number;
  readonly imap: number;
  readonly lmtp: number;
  readonly auth: number;
}

/** Postfix as a careful admin would set it for throughput (shared/PEERS.md); it syncs its queue files by itself. */
export function mainCf({ root, cert, key }: PeerPaths, ports: PeerPorts, sink: string): string {
  const settings = {
    compatibility_level: '3.6',
    queue_directory: `${root}/queue`,
    data_directory: `${root}/data`,
    maillog_file: `${root}/postfix.log`,
    maillog_file_prefixes: root,
    myhostname: 'peer.mbox.test',
    mydestination: '',
    inet_interfaces: '127.0.0.1',
    inet_protocols: 'ipv4',
    mynetworks: '127.0.0.0/8',
    alias_maps: '',
    alias_database: '',
    local_recipient_maps: '',
    default_process_limit: '200',
    smtpd_client_connection_count_limit: '0',
    smtpd_client_connection_rate_limit: '0',
    in_flow_delay: '0',
    initial_destination_concurrency: '20',
    smtp_destination_concurrency_limit: '50',
    lmtp_destination_concurrency_limit: '20',
    disable_dns_lookups: 'yes',
    smtpd_tls_security_level: 'may',
    smtpd_tls_cert_file: cert,
    smtpd_tls_key_file: key,
    smtp_tls_security_level: 'none',
    smtpd_sasl_type: 'dovecot',
    smtpd_sasl_path: `inet:127.0.0.1:${ports.auth}`,
    smtpd_relay_restrictions: 'permit_mynetworks,reject',
    relayhost: `[${sink.split(':')[0]}]:${sink.split(':')[1]}`,
    virtual_mailbox_domains: 'mbox.test',
    virtual_transport: `lmtp:inet:127.0.0.1:${ports.lmtp}`,
    message_size_limit: '30000000',
    mailbox_size_limit: '0',
    virtual_mailbox_limit: '0',
  };
  return `${Object.entries(settings)
    .map(([name, value]) => `${name} = ${value}`)
    .join('\n')}\n`;
}

export function masterCf(ports: PeerPorts): string {
  return [
    `127.0.0.1:${ports.mx} inet n - n - - smtpd`,
    `127.0.0.1:${ports.submission} inet n - n - - smtpd`,
    '  -o smtpd_sasl_auth_enable=yes',
    '  -o smtpd_tls_security_level=encrypt',
    '  -o smtpd_relay_restrictions=permit_sasl_authenticated,reject',
    'pickup unix n - n 60 1 pickup',
    'cleanup unix n - n - 0 cleanup',
    'qmgr unix n - n 300 1 qmgr',
    'tlsmgr unix - - n 1000? 1 tlsmgr',
    'rewrite unix - - n - - trivial-rewrite',
    ...['bounce', 'defer', 'trace'].map((name) => `${name} unix - - n - 0 bounce`),
    'verify unix - - n - 1 verify',
    'flush unix n - n 1000? 0 flush',
    'proxymap unix - - n - - proxymap',
    'smtp unix - - n - - smtp',
    'relay unix - - n - - smtp',
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

/** Dovecot 2.3 with maildir; fsync as its default for deliveries (`optimized`). */
export function dovecotConf(
  { root }: PeerPaths,
  ports: PeerPorts,
  mail: { uid: number; gid: number },
  password: string,
): string {
  return `base_dir = ${root}/dovecot/run
state_dir = ${root}/dovecot/state
log_path = ${root}/dovecot.log
protocols = imap lmtp
ssl = no
disable_plaintext_auth = no
mail_location = maildir:${root}/mail/%u
mail_fsync = optimized
mail_uid = ${mail.uid}
mail_gid = ${mail.gid}
first_valid_uid = ${mail.uid}
first_valid_gid = ${mail.gid}
default_client_limit = 2000
default_process_limit = 300
mail_max_userip_connections = 1000
auth_mechanisms = plain login
passdb {
  driver = static
  args = password=${password}
}
userdb {
  driver = static
  args = uid=${mail.uid} gid=${mail.gid} home=${root}/mail/%u allow_all_users=yes
}
namespace inbox {
  inbox = yes
}
protocol lmtp {
  postmaster_address = postmaster@mbox.test
}
service auth {
  inet_listener {
    address = 127.0.0.1
    port = ${ports.auth}
  }
}
service lmtp {
  process_min_avail = 4
  inet_listener lmtp {
    address = 127.0.0.1
    port = ${ports.lmtp}
  }
}
service imap-login {
  service_count = 0
  process_min_avail = 2
  inet_listener imap {
    address = 127.0.0.1
    port = ${ports.imap}
  }
  inet_listener imaps {
    port = 0
  }
}
service anvil {
  client_limit = 3000
}
service stats {
  client_limit = 5000
}
`;
}
