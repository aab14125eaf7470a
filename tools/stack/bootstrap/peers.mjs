import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { step, which } from './shared.mjs';

/** What the tests and the bench talk to: program → Debian package. */
const PEERS = {
  curl: 'curl',
  openssl: 'openssl',
  strace: 'strace',
  python3: 'python3',
  postfix: 'postfix',
  'smtp-source': 'postfix',
  dovecot: 'dovecot-imapd dovecot-lmtpd',
  swaks: 'swaks',
  mutt: 'mutt',
  neomutt: 'neomutt',
  mbsync: 'isync',
  offlineimap: 'offlineimap3',
  fetchmail: 'fetchmail',
  getmail: 'getmail6',
  thunderbird: 'thunderbird',
  chromium: 'chromium',
  // the server itself is not in PATH; its contrib modules are part of the same package
  pg_createcluster: 'postgresql',
};
/** What makes and runs the image where there is no registry. */
const IMAGE_TOOLS = { buildah: 'buildah', podman: 'podman', runc: 'runc', debootstrap: 'debootstrap' };
/** Packages that the programs above only recommend: swaks needs them for STARTTLS, mutt and mbsync for SCRAM-SHA-256. */
const EXTRA = [
  'ca-certificates',
  'libsasl2-modules',
  'libio-socket-ssl-perl',
  'libnet-ssleay-perl',
  'libauthen-sasl-perl',
];

/**
 * Installs the peers when we may (as root on a Debian-like system). In CI a missing one is a failure; elsewhere the tests
 * that need it are skipped by name.
 */
export async function ensurePeers({ imageTools = false } = {}) {
  const peers = imageTools ? { ...PEERS, ...IMAGE_TOOLS } : PEERS;
  const missing = Object.keys(peers).filter((program) => which(program) === null);
  // swaks can be there without the modules that make it speak TLS.
  if (!missing.includes('swaks') && spawnSync('perl', ['-MNet::SSLeay', '-e', '1']).status !== 0) missing.push('swaks');
  // mutt and mbsync can be there without the module that knows SCRAM.
  const scram = readdirSync('/usr/lib').some((name) => existsSync(`/usr/lib/${name}/sasl2/libscram.so`));
  if (!missing.includes('mbsync') && !scram) missing.push('mbsync');
  if (missing.length === 0) return;
  const ci = process.env.CI === 'true';
  if (process.getuid?.() !== 0 || which('apt-get') === null) {
    const message = `missing peers: ${missing.join(', ')}`;
    if (ci) throw new Error(`${message}; CI needs them (as root on Debian this script installs them)`);
    process.stderr.write(`${message}: the tests that need them will be skipped\n`);
    return;
  }
  const packages = [...new Set(missing.flatMap((program) => peers[program].split(' '))), ...EXTRA];
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const update = await step('Updating package lists', 'apt-get', ['update', '-q'], { env });
  const install = await step(
    `Installing ${missing.length} peers of the tests`,
    'apt-get',
    ['install', '-y', '-q', '--no-install-recommends', ...packages],
    { env },
  );
  const still = missing.filter((program) => which(program) === null);
  if (still.length > 0 && ci)
    throw new Error(
      `could not install ${still.join(', ')}:\n${update.output.slice(-1000)}\n${install.output.slice(-4000)}`,
    );
}
