import type { MessageView } from '../../../src/api-types.ts';
import { query } from '../api/http.ts';
import { fileSize } from '../list/format.ts';
import { Icon } from '../shell/icon.tsx';

export function Attachments({ message }: { message: MessageView }) {
  const files = message.files.filter(({ inline }) => !inline || message.html === null);
  if (files.length === 0) return null;
  return (
    <section className="attachments" aria-label="Attachments">
      <h3>{files.length === 1 ? '1 attachment' : `${files.length} attachments`}</h3>
      <ul>
        {files.map((file) => (
          <li key={file.part}>
            <a
              className="attachment"
              href={`/api/part?${query({ folder: message.folder, uid: message.uid, part: file.part })}`}
              download={file.name}
            >
              <Icon name={file.type.startsWith('image/') ? 'image' : 'clip'} />
              <span className="attachment-name">{file.name}</span>
              <span className="muted">{fileSize(file.size)}</span>
              <Icon name="download" />
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}
