import { WIRE_VERSION } from '@postroad/imap/wire';
import type { MessageStructure } from '@postroad/message';
import type { Description } from '../../describe.ts';
import { wireForms } from '../../describe.ts';
import type { Tx } from './tx.ts';

/** Stores what was computed of a content beside it. */
export function insertDescription(tx: Tx, content: number, description: Omit<Description, 'structure'>): void {
  const { envelope, bodyStructure, preview, summary } = description;
  tx.sql('INSERT INTO wire VALUES (?, ?, ?, ?, ?)').run(content, WIRE_VERSION, envelope, bodyStructure, preview);
  tx.sql(`INSERT INTO summary VALUES (${Array(15).fill('?').join(', ')})`).run(
    content,
    summary.sent,
    summary.sent === null ? null : summary.zone,
    summary.baseSubject,
    summary.isReply ? 1 : 0,
    summary.from,
    summary.to,
    summary.cc,
    summary.displayFrom,
    summary.displayTo,
    summary.messageId,
    summary.references.join('\n'),
    summary.inReplyTo.join('\n'),
    summary.subject,
    summary.sender,
  );
}

/** Writes again the wire forms that a reader found to be of an older version. */
export function rewire(tx: Tx, contents: readonly number[]): void {
  for (const content of contents) {
    const row = tx.sql('SELECT structure FROM content WHERE id = ?').get(content) as { structure: string } | undefined;
    if (!row) continue;
    const { envelope, bodyStructure } = wireForms(JSON.parse(row.structure) as MessageStructure);
    tx.sql('UPDATE wire SET version = ?, envelope = ?, body_structure = ? WHERE content = ?').run(
      WIRE_VERSION,
      envelope,
      bodyStructure,
      content,
    );
  }
}
