import { fileSize } from '../list/format.ts';
import { Icon } from '../shell/icon.tsx';
import type { Files } from './use-files.ts';

export function AttachmentsField({ files, limit }: { files: Files; limit: number }) {
  if (files.list.length === 0) return null;
  const total = files.list.reduce((sum, { size }) => sum + size, 0);
  return (
    <div className="compose-files">
      <ul aria-label="Attachments">
        {files.list.map((file) => (
          <li key={file.key} className="file-chip" data-busy={file.id === null}>
            <Icon name="clip" />
            <span className="attachment-name">{file.name}</span>
            <span className="muted">{file.id === null ? 'adding …' : fileSize(file.size)}</span>
            <button
              className="icon-button small"
              type="button"
              aria-label={`Remove ${file.name}`}
              onClick={() => files.remove(file.key)}
            >
              <Icon name="close" />
            </button>
          </li>
        ))}
      </ul>
      <span className="muted">
        {fileSize(total)} of {fileSize(limit)}
      </span>
    </div>
  );
}
