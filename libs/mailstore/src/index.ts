export * from './types.ts';
export type { PostgresStoreOptions } from './postgres/options.ts';
export { openPostgresStore } from './postgres/store.ts';
export { openSqliteStore, type SqliteStoreOptions } from './sqlite/store.ts';
export { copyStore, type CopyProgress } from './copy/copy-store.ts';
export { backupSqliteStore, restoreSqliteStore } from './sqlite/backup.ts';
