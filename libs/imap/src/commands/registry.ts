import type { Command } from '../session/context.ts';
import { deleteAcl, getAcl, listRights, myRights, setAcl } from './acl.ts';
import { append } from './append.ts';
import { authenticate } from './authenticate.ts';
import { capability } from './capability.ts';
import { check } from './check.ts';
import { close, unselect } from './close.ts';
import { compress } from './compress.ts';
import { copy, uidCopy } from './copy.ts';
import { create } from './create.ts';
import { remove } from './delete.ts';
import { enable } from './enable.ts';
import { expunge, uidExpunge } from './expunge.ts';
import { fetch, uidFetch } from './fetch.ts';
import { id } from './id.ts';
import { idle } from './idle.ts';
import { list } from './list.ts';
import { login } from './login.ts';
import { logout } from './logout.ts';
import { lsub } from './lsub.ts';
import { getMetadata, setMetadata } from './metadata.ts';
import { move, uidMove } from './move.ts';
import { namespace } from './namespace.ts';
import { noop } from './noop.ts';
import { notify } from './notify.ts';
import { getQuota, getQuotaRoot, setQuota } from './quota.ts';
import { rename } from './rename.ts';
import { replace, uidReplace } from './replace.ts';
import { search, uidSearch } from './search.ts';
import { examine, select } from './select.ts';
import { sort, uidSort } from './sort.ts';
import { starttls } from './starttls.ts';
import { status } from './status.ts';
import { store, uidStore } from './store.ts';
import { subscribe, unsubscribe } from './subscribe.ts';
import { thread, uidThread } from './thread.ts';
import { unauthenticate } from './unauthenticate.ts';

const COMMANDS = new Map<string, Command>(
  [
    ...[capability, noop, logout, id, starttls, authenticate, login, enable, unauthenticate, compress, notify],
    ...[select, examine, create, remove, rename, subscribe, unsubscribe, list, lsub, namespace, status, append, idle],
    ...[check, close, unselect, expunge, uidExpunge, search, uidSearch, fetch, uidFetch, store, uidStore],
    ...[setAcl, deleteAcl, getAcl, listRights, myRights, getQuota, getQuotaRoot, setQuota, getMetadata, setMetadata],
    ...[copy, uidCopy, move, uidMove, replace, uidReplace, sort, uidSort, thread, uidThread],
  ].map((command) => [command.name, command as Command]),
);

/** The command of a name in upper case (`UID FETCH` is one name). */
export function commandNamed(name: string): Command | undefined {
  return COMMANDS.get(name);
}
