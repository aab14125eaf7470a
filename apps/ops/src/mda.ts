import { type Bus, subjects } from '@postroad/bus';
import { ApiError } from './api/errors.ts';

const TIMEOUT_MS = 30_000;
/** A backup of a large store takes its time. */
const BACKUP_MS = 3_600_000;

type Reply =
  | { readonly ok: true; readonly result: unknown }
  | { readonly ok: false; readonly code: string; readonly message: string };

const STATUS: Readonly<Record<string, number>> = {
  NOT_FOUND: 404,
  EXISTS: 409,
  INVALID: 400,
  CANNOT: 400,
  OVER_QUOTA: 409,
  UNAVAILABLE: 503,
  CLOSED: 503,
};

/** Asks any one mda, which alone has the mailbox store. @throws ApiError */
export async function askMda<T>(bus: Bus, operation: string, request: object): Promise<T> {
  const timeout = operation === 'backup' ? BACKUP_MS : TIMEOUT_MS;
  let data: Uint8Array;
  try {
    ({ data } = await bus.nc.request(subjects.adminMda(operation), JSON.stringify(request), { timeout }));
  } catch (error) {
    throw new ApiError(
      503,
      'MDA_UNAVAILABLE',
      `no mda answers: ${(error as Error).message}`,
      'is the mda running? `postroad doctor` looks closer',
    );
  }
  const reply = JSON.parse(Buffer.from(data).toString('utf8')) as Reply;
  if (reply.ok) return reply.result as T;
  throw new ApiError(STATUS[reply.code] ?? 500, reply.code, reply.message);
}
