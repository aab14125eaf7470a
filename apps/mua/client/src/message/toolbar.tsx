import type { Folder, MessageView } from '../../../src/api-types.ts';
import { folderLabel } from '../shell/folder-label.ts';
import { Icon, type IconName } from '../shell/icon.tsx';
import { type Route, routeHash } from '../shell/route.ts';
import type { MessageCommands } from './use-commands.ts';

interface Props {
  readonly message: MessageView;
  readonly route: Route;
  readonly folders: readonly Folder[] | undefined;
  readonly commands: MessageCommands | null;
}

export function Toolbar({ message, route, folders, commands }: Props) {
  const others = folders?.filter(({ path, role }) => path !== message.folder && role !== 'drafts') ?? [];
  const flag = message.flagged ? 'unflag' : 'flag';
  return (
    <div className="toolbar" role="toolbar" aria-label="Message">
      <a
        className="icon-button back-button"
        href={routeHash({ folder: route.folder, search: route.search })}
        aria-label="Back to the list"
      >
        <Icon name="back" />
      </a>
      <Tool icon="reply" label="Reply" onClick={() => commands?.reply('reply')} />
      <Tool icon="replyAll" label="Reply to all" onClick={() => commands?.reply('all')} />
      <Tool icon="forward" label="Forward" onClick={() => commands?.reply('forward')} />
      <span className="toolbar-gap" />
      <Tool
        icon="star"
        label={message.flagged ? 'Remove the flag' : 'Flag'}
        pressed={message.flagged}
        onClick={() => commands?.act(flag)}
      />
      <Tool icon="unread" label="Mark as unread" onClick={() => commands?.act('unread')} />
      <Tool icon="archive" label="Archive" onClick={() => commands?.act('archive')} />
      <Tool icon="trash" label="Delete" onClick={() => commands?.act('delete')} />
      <label className="icon-button move" title="Move to a folder">
        <Icon name="move" />
        <span className="sr-only">Move to</span>
        <select value="" onChange={(event) => commands?.act('move', event.target.value)}>
          <option value="" disabled>
            Move to …
          </option>
          {others.map((folder) => (
            <option key={folder.path} value={folder.path}>
              {'\u2003'.repeat(folder.depth)}
              {folderLabel(folder)}
            </option>
          ))}
        </select>
      </label>
    </div>
  );
}

interface ToolProps {
  readonly icon: IconName;
  readonly label: string;
  readonly pressed?: boolean;
  readonly onClick: () => void;
}

const Tool = ({ icon, label, pressed, onClick }: ToolProps) => (
  <button
    className="icon-button"
    type="button"
    aria-label={label}
    title={label}
    aria-pressed={pressed}
    data-tool={icon}
    onClick={onClick}
  >
    <Icon name={icon} filled={pressed ?? false} />
  </button>
);
