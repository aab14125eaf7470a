export * from './types.ts';
export { openSqliteStore, type SqliteStoreOptions } from './sqlite/store.ts';
export { copyStore, type CopyProgress } from './copy/copy-store.ts';
export { backupSqliteStore, restoreSqliteStore } from './sqlite/backup.ts';
