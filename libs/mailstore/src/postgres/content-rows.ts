import { WIRE_VERSION } from '@postroad/imap/wire';
import type { Description } from '../describe.ts';
import { relatedIds } from '../summary.ts';
import { unicodeCasemap } from '../thread/casemap.ts';
import { Blob, columns, plain } from './blob.ts';
import type { Prepared } from './prepared.ts';
import type { Sql } from './database.ts';
import { relatedKey } from './threads.ts';

const INSERT = `
  INSERT INTO content (sha256, size, bytes, object, structure, envelope, body_structure, wire_version, preview, sent, sent_day,
    is_reply, message_id, refs, related, subject, sender, sort_subject, sort_from, sort_to, sort_cc, sort_displayfrom, sort_displayto)
  SELECT decode(v.sha256, 'hex'), v.size, CASE WHEN v.object IS NULL THEN substring($1::bytea FROM v.bytes FOR v.size::int) END, v.object,
    convert_from(substring($1 FROM v.structure FOR v.structure_size), 'UTF8'), substring($1 FROM v.envelope FOR v.envelope_size),
    substring($1 FROM v.body FOR v.body_size), $2, v.preview, v.sent, v.sent_day, v.is_reply, v.message_id, v.refs, v.related::bigint[],
    v.subject, v.sender, v.sort_subject, v.sort_from, v.sort_to, v.sort_cc, v.sort_displayfrom, v.sort_displayto
  FROM unnest($3::text[], $4::bigint[], $5::int[], $6::text[], $7::int[], $8::int[], $9::int[], $10::int[], $11::int[], $12::int[],
    $13::text[], $14::bigint[], $15::bigint[], $16::boolean[], $17::text[], $18::text[], $19::text[], $20::text[], $21::text[],
    $22::text[], $23::text[], $24::text[], $25::text[], $26::text[], $27::text[])
    AS v (sha256, size, bytes, object, structure, structure_size, envelope, envelope_size, body, body_size, preview, sent, sent_day,
      is_reply, message_id, refs, related, subject, sender, sort_subject, sort_from, sort_to, sort_cc, sort_displayfrom, sort_displayto)
  ORDER BY v.sha256 ON CONFLICT (sha256) DO NOTHING RETURNING encode(sha256, 'hex') AS sha256, id`;

/** Makes rows for contents the store does not have; resolves to the ids of those it did not have, by hash. */
export async function insertContents(sql: Sql, fresh: readonly Prepared[]): Promise<Map<string, number>> {
  const blob = new Blob();
  const rows = fresh.flatMap((content) => {
    const { spooled } = content;
    if (!spooled) return [];
    return {
      ...describedColumns(spooled.description, blob),
      ...content,
      bytes: spooled.inline ? blob.add(spooled.inline) : 1,
    };
  });
  const lists = columns(
    rows,
    'sha256',
    'size',
    'bytes',
    'object',
    'structure',
    'structureSize',
    'envelope',
    'envelopeSize',
    'body',
    'bodySize',
    'preview',
    'sent',
    'sentDay',
    'isReply',
    'messageId',
    'refs',
    'related',
    'subject',
    'sender',
    'sortSubject',
    'sortFrom',
    'sortTo',
    'sortCc',
    'sortDisplayFrom',
    'sortDisplayTo',
  );
  const made = await sql.rows<{ sha256: string; id: number }>(INSERT, [blob.bytes(), WIRE_VERSION, ...lists]);
  return new Map(made.map(({ sha256, id }) => [sha256, id]));
}

/** The columns of what was computed of a content; long ones as places in the blob. */
function describedColumns({ structure, envelope, bodyStructure, preview, summary }: Description, blob: Blob) {
  const json = Buffer.from(structure);
  return {
    structure: blob.add(json),
    structureSize: json.length,
    envelope: blob.add(envelope),
    envelopeSize: envelope.length,
    body: blob.add(bodyStructure),
    bodySize: bodyStructure.length,
    preview: plain(preview),
    sent: summary.sent,
    sentDay: summary.sent === null ? null : summary.sent + summary.zone * 60_000,
    isReply: summary.isReply,
    messageId: summary.messageId === null ? null : plain(summary.messageId),
    // no id holds a blank
    refs: plain(summary.references.join(' ')),
    related: `{${relatedIds(summary).map(relatedKey).join()}}`,
    subject: plain(summary.subject),
    sender: plain(summary.sender),
    sortSubject: unicodeCasemap(plain(summary.baseSubject)),
    sortFrom: unicodeCasemap(plain(summary.from)),
    sortTo: unicodeCasemap(plain(summary.to)),
    sortCc: unicodeCasemap(plain(summary.cc)),
    sortDisplayFrom: unicodeCasemap(plain(summary.displayFrom)),
    sortDisplayTo: unicodeCasemap(plain(summary.displayTo)),
  };
}
