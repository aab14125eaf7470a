import { canonicalRights, checkIdentifier, MAX_ACL_ENTRIES } from '../../acl.ts';
import { StoreError } from '../../types.ts';
import type { AclRequest, AnnotateRequest } from '../protocol.ts';
import type { Tx } from './tx.ts';

export function setAcl(tx: Tx, request: AclRequest): void {
  const { id } = tx.mailbox(tx.account(request.account), request.mailbox);
  const identifier = checkIdentifier(request.identifier);
  const rights = canonicalRights(request.rights);
  if (rights === '') {
    tx.sql('DELETE FROM acl WHERE mailbox = ? AND identifier = ?').run(id, identifier);
    return;
  }
  tx.sql('INSERT INTO acl VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET rights = excluded.rights').run(
    id,
    identifier,
    rights,
  );
  const { n } = tx.sql('SELECT count(*) AS n FROM acl WHERE mailbox = ?').get(id) as { n: number };
  if (n > MAX_ACL_ENTRIES) throw new StoreError('CANNOT', 'the access control list is full');
}

/** RFC 5464 §4.3: all or nothing. */
export function annotate(tx: Tx, request: AnnotateRequest): void {
  const account = tx.account(request.account);
  const mailbox = request.mailbox === null ? 0 : tx.mailbox(account, request.mailbox).id;
  for (const { viewer, entry, value } of request.changes) {
    if (value === null)
      tx.sql('DELETE FROM annotation WHERE account = ? AND mailbox = ? AND viewer = ? AND entry = ?').run(
        account,
        mailbox,
        viewer,
        entry,
      );
    else
      tx.sql('INSERT INTO annotation VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value').run(
        account,
        mailbox,
        viewer,
        entry,
        value,
      );
  }
  const count = tx.sql('SELECT count(*) AS n FROM annotation WHERE account = ? AND mailbox = ? AND viewer = ?');
  for (const viewer of new Set(request.changes.flatMap((change) => (change.value ? change.viewer : [])))) {
    const { n } = count.get(account, mailbox, viewer) as { n: number };
    if (n > request.maxEntries) throw new StoreError('OVER_QUOTA', 'too many annotations');
  }
}
