import { useEffect, useRef, useState } from 'react';
import type { DraftFields } from '../../../src/api-types.ts';
import { api } from '../api/http.ts';

const QUIET_MS = 2_000;

interface Autosave {
  /** For people: what became of the last change. */
  readonly text: string;
  /** UID of the draft once nothing is being saved any more; nothing new is begun. */
  settle(): Promise<number | null>;
  /** Saves what is not saved yet; whether there is a draft. @throws Problem */
  flush(): Promise<boolean>;
}

/** Keeps the draft on the server when the writer pauses: one save at a time, each in place of the one before. */
export function useAutosave(
  version: number,
  firstUid: number | null,
  draftOf: (uid: number | null) => DraftFields,
  enabled: boolean,
): Autosave {
  const [text, setText] = useState('');
  const uid = useRef(firstUid);
  const savedVersion = useRef(0);
  const running = useRef<Promise<unknown>>(Promise.resolve());
  const current = useRef({ version, draftOf });
  useEffect(() => {
    current.current = { version, draftOf };
  });
  const save = () => {
    const work = running.current
      .catch(() => undefined)
      .then(async () => {
        const { version: now, draftOf: draft } = current.current;
        if (savedVersion.current === now) return;
        const saved = await api<{ uid: number | null }>('/api/drafts', { method: 'POST', json: draft(uid.current) });
        uid.current = saved.uid;
        savedVersion.current = now;
        setText('Saved');
      });
    running.current = work;
    return work;
  };
  const saver = useRef(save);
  useEffect(() => {
    saver.current = save;
  });
  useEffect(() => {
    if (!enabled || version === savedVersion.current) return;
    setText('');
    const timer = setTimeout(() => void saver.current().catch(() => setText('Not saved yet')), QUIET_MS);
    return () => clearTimeout(timer);
  }, [version, enabled]);
  return {
    text,
    settle: async () => {
      await running.current.catch(() => undefined);
      return uid.current;
    },
    flush: async () => {
      await save();
      return uid.current !== null;
    },
  };
}
