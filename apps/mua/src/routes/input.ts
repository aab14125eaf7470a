import { z } from '@postroad/config';
import { ApiError } from '../http/api-error.ts';

/** Forms of what requests bring. Every string and list has a limit. */
const folder = z.string().min(1).max(1_000);
const uid = z.number().int().min(1).max(4_294_967_295);
const uidText = z.coerce.number().pipe(uid);
const part = z.string().regex(/^\d{1,4}(?:\.\d{1,4}){0,50}$/);

export const signInBody = z.object({
  address: z.string().trim().min(3).max(320),
  password: z.string().min(1).max(1_000),
});
export const listQuery = z.object({
  folder,
  offset: z.coerce.number().int().min(0).max(10_000_000).default(0),
  search: z.string().trim().max(200).default(''),
});
export const messageQuery = z.object({ folder, uid: uidText });
export const partQuery = z.object({ folder, uid: uidText, part });
export const partBody = z.object({ folder, uid, part });
export const uploadQuery = z.object({ name: z.string().max(1_000) });
export const actionBody = z.object({
  folder,
  uids: z.array(uid).min(1).max(500),
  action: z.enum(['read', 'unread', 'flag', 'unflag', 'archive', 'delete', 'junk', 'move']),
  target: folder.optional(),
});

const draftShape = {
  to: z.string().max(100_000),
  cc: z.string().max(100_000),
  bcc: z.string().max(100_000),
  subject: z.string().max(2_000),
  text: z.string().max(2_000_000),
  fromName: z.string().max(200),
  inReplyTo: z.string().max(1_000),
  references: z.array(z.string().max(1_000)).max(101),
  uploads: z.array(z.uuid()).max(100),
  draftUid: uid.nullable(),
};
export const draftBody = z.object(draftShape);
export const draftQuery = z.object({ uid: uidText });
export const sendBody = z.object({ ...draftShape, key: z.uuid(), answers: z.object({ folder, uid }).nullable() });

/** @throws ApiError BAD_REQUEST that names the field */
export function read<T>(schema: z.ZodType<T>, input: unknown): T {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new ApiError(
    400,
    'BAD_REQUEST',
    `${issue?.path.join('.') ?? 'request'}: ${issue?.message ?? 'not understood'}`,
  );
}
