import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runProgram } from './clients.ts';
import { type Harness, PASSWORD, USER } from './harness.ts';

interface MbsyncOptions {
  readonly user?: string;
  readonly password?: string;
  /** Folder of the Maildirs; it exists. */
  readonly mail: string;
  /** Further lines of the account, like `AuthMechs SCRAM-SHA-256`. */
  readonly account?: string;
  readonly patterns?: string;
  readonly args?: readonly string[];
}

/** Syncs both ways once, with the state beside the mail; resolves to what mbsync said. */
export async function mbsync(harness: Pick<Harness, 'tls' | 'certificate'>, options: MbsyncOptions): Promise<string> {
  const { mail, user = USER, password = PASSWORD, account = '', patterns = '*', args = [] } = options;
  const config = `${mail}.mbsyncrc`;
  await writeFile(
    config,
    `IMAPAccount a\nHost localhost\nPort ${String(harness.tls)}\nUser ${user}\nPass "${password.replace(/["\\]/g, '\\$&')}"\nSSLType IMAPS\n` +
      `CertificateFile ${harness.certificate}\n${account}\n\nIMAPStore far\nAccount a\n\nMaildirStore near\nSubFolders Verbatim\nPath ${mail}/\n` +
      `Inbox ${mail}/INBOX\n\nChannel c\nFar :far:\nNear :near:\nPatterns ${patterns}\nCreate Both\nExpunge Both\nCopyArrivalDate yes\nSyncState *\n`,
  );
  return runProgram('mbsync', ['-c', config, '-a', ...args]);
}

/** Messages of a Maildir that mbsync keeps, by their UID at the server, as they are on disk but for the field it adds itself. */
export async function syncedMessages(maildir: string): Promise<Map<number, { file: string; octets: Buffer }>> {
  const far = new Map<number, number>();
  for (const line of (await readFile(join(maildir, '.mbsyncstate'), 'utf8')).split('\n')) {
    const [, farUid, nearUid] = /^(\d+) (\d+)(?: |$)/.exec(line) ?? [];
    if (farUid !== undefined) far.set(Number(nearUid), Number(farUid));
  }
  const found = new Map<number, { file: string; octets: Buffer }>();
  for (const folder of ['new', 'cur'])
    for (const name of await readdir(join(maildir, folder))) {
      const file = join(maildir, folder, name);
      const text = (await readFile(file, 'latin1')).replace(/^X-TUID: .{12}\r?\n/m, '');
      const uid = far.get(Number(/,U=(\d+)/.exec(name)?.[1]));
      if (uid === undefined) throw new Error(`${name} is not in the state of mbsync`);
      found.set(uid, { file, octets: Buffer.from(text, 'latin1') });
    }
  return found;
}
