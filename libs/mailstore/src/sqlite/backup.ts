import { constants, copyFile, link, mkdir, open, readdir, rename, rm, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { backup, DatabaseSync } from 'node:sqlite';
import { StoreError } from '../types.ts';
import { openDatabase } from './database.ts';
import { ContentFiles } from './files.ts';
import { raiseUidValidity } from './write/mailboxes.ts';
import { Tx } from './write/tx.ts';

const DATABASE = 'mail.sqlite';
const RESTORING = 'restoring.sqlite';
/** Content may be collected between the copy of the database and that of its files: then the database is copied once more. */
const ATTEMPTS = 5;
/** All pages in one step: what another connection writes in between would start the copy again. */
const ALL_PAGES = 0x7fffffff;

/**
 * Copies a store while it is in use: the database as of one instant, and the content files it refers to, hard-linked where the file system
 * allows (they are never changed). The text index is not copied: it is made again. `target` appears whole or not at all;
 * EXISTS when there is something already.
 */
export async function backupSqliteStore(directory: string, target: string): Promise<void> {
  await refuseExisting(target);
  const temporary = `${target}.tmp`;
  await rm(temporary, { recursive: true, force: true });
  try {
    await new ContentFiles(temporary).prepare();
    for (let attempt = 1; !(await copyOnce(directory, temporary)); attempt++)
      if (attempt >= ATTEMPTS)
        throw new StoreError('UNAVAILABLE', 'content went away while it was copied, again and again');
    await syncTree(temporary);
    await rename(temporary, target);
    await sync(dirname(target));
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw error;
  }
}

/**
 * Makes a store of a backup in a directory that must not hold one. Every mailbox gets a UIDVALIDITY above all given out before, also
 * after the backup was made: clients then read anew what they knew of it (RFC 3501 §2.3.1.1).
 */
export async function restoreSqliteStore(from: string, directory: string): Promise<void> {
  if (await exists(join(directory, DATABASE)))
    throw new StoreError('EXISTS', `there is a store in ${directory} already`);
  await new ContentFiles(directory).prepare();
  await copyContent(from, directory, await contentFilesOf(join(from, DATABASE)));
  // the database last, and under its name only when it is whole: a restore cut short can be begun again
  await rm(join(directory, RESTORING), { force: true });
  await copyFile(join(from, DATABASE), join(directory, RESTORING));
  const db = openDatabase(directory, RESTORING);
  db.exec('BEGIN IMMEDIATE');
  raiseUidValidity(new Tx(db));
  db.exec('COMMIT');
  db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  db.close();
  await rename(join(directory, RESTORING), join(directory, DATABASE));
  await syncTree(directory);
  await sync(dirname(directory));
}

/** Copies database and files; false when a file the database refers to was gone by the time it was to be copied. */
async function copyOnce(directory: string, target: string): Promise<boolean> {
  // what is there now is safe before the database is read: less can go away in between
  await copyContent(directory, target, await listContent(directory));
  const path = join(target, DATABASE);
  await rm(path, { force: true });
  const db = new DatabaseSync(join(directory, DATABASE), { readOnly: true, timeout: 10_000 });
  try {
    await backup(db, path, { rate: ALL_PAGES });
  } finally {
    db.close();
  }
  const wanted = new Set(await contentFilesOf(path));
  if (!(await copyContent(directory, target, [...wanted]))) return false;
  for (const file of await listContent(target)) if (!wanted.has(file)) await unlink(join(target, 'content', file));
  return true;
}

async function contentFilesOf(database: string): Promise<string[]> {
  const db = new DatabaseSync(database, { readOnly: true });
  try {
    const rows = db.prepare('SELECT file FROM content WHERE file IS NOT NULL').all() as unknown as { file: string }[];
    return rows.map(({ file }) => file);
  } finally {
    db.close();
    for (const suffix of ['-wal', '-shm']) await rm(database + suffix, { force: true });
  }
}

async function listContent(directory: string): Promise<string[]> {
  const root = join(directory, 'content');
  const files: string[] = [];
  for (const folder of await readdir(root, { withFileTypes: true })) {
    if (!folder.isDirectory()) continue;
    for (const name of await readdir(join(root, folder.name))) files.push(`${folder.name}/${name}`);
  }
  return files;
}

/** Links or copies what is not there yet; false when something was missing. */
async function copyContent(from: string, to: string, files: readonly string[]): Promise<boolean> {
  let complete = true;
  for (const file of files) {
    const [source, target] = [join(from, 'content', file), join(to, 'content', file)];
    if (await exists(target)) continue;
    complete = (await linkOrCopy(source, target)) && complete;
  }
  return complete;
}

async function linkOrCopy(source: string, target: string): Promise<boolean> {
  try {
    await link(source, target);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
  }
  try {
    // another file system, or one without links
    const temporary = `${target}.tmp`;
    await copyFile(source, temporary, constants.COPYFILE_FICLONE);
    await sync(temporary);
    await rename(temporary, target);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}

async function refuseExisting(target: string): Promise<void> {
  if (await exists(target)) throw new StoreError('EXISTS', `${basename(target)} is there already`);
  await mkdir(dirname(target), { recursive: true });
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** The database and all directory entries are on the disk; linked contents are since they were written. */
async function syncTree(directory: string): Promise<void> {
  await sync(join(directory, DATABASE));
  const root = join(directory, 'content');
  for (const folder of await readdir(root)) await sync(join(root, folder));
  for (const path of [root, directory]) await sync(path);
}

async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
