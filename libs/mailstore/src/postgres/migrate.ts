import { StoreError } from '../types.ts';
import type { Database, Sql } from './database.ts';
import { MIGRATIONS } from './schema.ts';

/** Of the advisory lock under which one program at a time migrates: 'postroad' in hexadecimal, shortened. */
const LOCK = 0x706f_7374;

const NEEDED = ['pg_trgm', 'btree_gin'];

interface Version {
  readonly version: number;
  readonly reader: number;
}

/**
 * Brings a database to the newest schema this program knows. Steps only add (tables, columns with defaults, indexes), so that
 * an older program goes on working beside a newer one; a step that breaks older ones says from which version on it can be read
 * (`min_reader`), and those refuse.
 */
export async function migrate(db: Database): Promise<void> {
  const known = MIGRATIONS.length;
  if ((await versionOf(db)).version >= known) return;
  await db.transaction(async (sql) => {
    await sql.once('SELECT pg_advisory_xact_lock($1)', [LOCK]);
    const { version } = await versionOf(sql);
    if (version >= known) return;
    if (version === 0) await makeExtensions(sql);
    for (const [i, step] of MIGRATIONS.entries()) {
      if (i < version) continue;
      await sql.once(step.sql);
      await sql.once('INSERT INTO schema_version (version, min_reader) VALUES ($1, $2)', [i + 1, step.minReader]);
    }
  });
}

/** The newest step a database has seen; throws when this program is too old for it. */
async function versionOf(sql: Sql): Promise<Version> {
  const [there] = await sql.once<{ found: boolean }>("SELECT to_regclass('schema_version') IS NOT NULL AS found");
  if (!there?.found) return { version: 0, reader: 0 };
  const [row] = await sql.once<Version>(
    'SELECT coalesce(max(version), 0) AS version, coalesce(max(min_reader), 0) AS reader FROM schema_version',
  );
  const { version, reader } = row ?? { version: 0, reader: 0 };
  if (reader > MIGRATIONS.length)
    throw new StoreError(
      'UNAVAILABLE',
      `the mailbox database has schema ${String(version)}, which needs a program that knows ${String(reader)}; this one knows ${String(MIGRATIONS.length)}`,
    );
  return { version, reader };
}

/** Extensions for the text index; both come with PostgreSQL and are trusted: the database's owner may make them. */
async function makeExtensions(sql: Sql): Promise<void> {
  const rows = await sql.once<{ name: string; made: boolean }>(
    'SELECT name, installed_version IS NOT NULL AS made FROM pg_available_extensions WHERE name = ANY($1)',
    [NEEDED],
  );
  for (const name of NEEDED) {
    const found = rows.find((row) => row.name === name);
    if (!found)
      throw new StoreError(
        'UNAVAILABLE',
        `the database server lacks the extension ${name}: install PostgreSQL's contrib package there (Debian: postgresql-contrib)`,
      );
    if (!found.made) await makeExtension(sql, name);
  }
}

async function makeExtension(sql: Sql, name: string): Promise<void> {
  try {
    await sql.once(`CREATE EXTENSION IF NOT EXISTS ${name}`);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StoreError(
      'UNAVAILABLE',
      `the extension ${name} could not be made (${reason}): have an administrator run CREATE EXTENSION ${name} in this database`,
    );
  }
}
