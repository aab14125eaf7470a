import { type Logger, pino } from 'pino';

export type { Logger } from 'pino';

/** A structured logger (one JSON object a line on stdout). What must never be in a log is cut here, whoever logs it (DESIGN §1.6). */
export function createLogger(agent: string, level = process.env['LOG_LEVEL'] ?? 'info'): Logger {
  return pino({
    level,
    base: { agent, pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: {
      paths: [
        'password',
        'pass',
        'secret',
        'token',
        'subject',
        'body',
        '*.password',
        '*.pass',
        '*.secret',
        '*.token',
        '*.subject',
      ],
      censor: '[cut]',
    },
  });
}
