import type { Folder, SessionInfo } from '../../../src/api-types.ts';
import { useSignOut } from '../api/session.ts';
import { useCompose } from '../compose/compose-provider.tsx';
import { folderLabel } from './folder-label.ts';
import { Icon } from './icon.tsx';
import { type Route, routeHash } from './route.ts';

interface Props {
  readonly session: SessionInfo;
  readonly route: Route;
  readonly folders: readonly Folder[] | undefined;
  readonly onClose: () => void;
}

export function Sidebar({ session, route, folders, onClose }: Props) {
  const compose = useCompose();
  const signOut = useSignOut();
  return (
    <>
      <div className="scrim" onClick={onClose} aria-hidden="true" />
      {/* Whatever is chosen here, the folders have done their work. */}
      <nav className="sidebar" aria-label="Folders" onClick={onClose}>
        <button className="button primary compose-button" type="button" onClick={() => compose.start({})}>
          <Icon name="pencil" /> New message
        </button>
        <ul className="folders">
          {folders?.map((folder) => (
            <FolderLink key={folder.path} folder={folder} current={folder.path === route.folder} />
          )) ?? [1, 2, 3, 4].map((n) => <li key={n} className="skeleton folder-skeleton" />)}
        </ul>
        <div className="account">
          <span className="account-address" title={session.address}>
            {session.address}
          </span>
          <button className="icon-button" type="button" aria-label="Sign out" onClick={() => signOut.mutate()}>
            <Icon name="out" />
          </button>
        </div>
      </nav>
    </>
  );
}

function FolderLink({ folder, current }: { folder: Folder; current: boolean }) {
  const counted = folder.role === 'drafts' ? folder.total : folder.unread;
  const what = folder.role === 'drafts' ? 'drafts' : 'unread';
  return (
    <li>
      <a
        className="folder"
        href={routeHash({ folder: folder.path })}
        aria-current={current ? 'page' : undefined}
        data-depth={Math.min(folder.depth, 5)}
      >
        <Icon name={folder.role ?? 'folder'} />
        <span className="folder-name">{folderLabel(folder)}</span>
        {counted > 0 && (
          <span className="count">
            {counted > 999 ? '999+' : counted}
            <span className="sr-only"> {what}</span>
          </span>
        )}
      </a>
    </li>
  );
}
