/** What this library needs of pino. */
export interface NetLogger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

const nothing = (): void => undefined;
export const SILENT: NetLogger = { debug: nothing, info: nothing, warn: nothing, error: nothing };
