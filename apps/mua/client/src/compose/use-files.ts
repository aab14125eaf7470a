import { useCallback, useEffect, useRef, useState } from 'react';
import type { Upload } from '../../../src/api-types.ts';
import { api, query } from '../api/http.ts';
import type { Start } from './reply.ts';

interface AttachedFile {
  readonly key: string;
  /** Null while it is on its way. */
  readonly id: string | null;
  readonly name: string;
  readonly size: number;
}

export interface Files {
  readonly list: readonly AttachedFile[];
  readonly busy: boolean;
  add(input: HTMLInputElement): void;
  remove(key: string): void;
}

/** Attachments of the message being written: each is given to the server when it is chosen. */
export function useFiles(
  reuse: Start['reuse'],
  limit: number,
  onProblem: (text: string) => void,
  onChange: () => void,
): Files {
  const [list, setList] = useState<readonly AttachedFile[]>([]);
  const upload = useCallback(
    async (name: string, size: number, work: () => Promise<Upload>, own: boolean) => {
      const key = crypto.randomUUID();
      setList((before) => [...before, { key, id: null, name, size }]);
      try {
        const done = await work();
        setList((before) => before.map((file) => (file.key === key ? { key, ...done } : file)));
        if (own) onChange();
      } catch (error) {
        setList((before) => before.filter((file) => file.key !== key));
        onProblem(`${name}: ${(error as Error).message}`);
      }
    },
    [onChange, onProblem],
  );
  const begun = useRef(false);
  useEffect(() => {
    if (begun.current) return;
    begun.current = true;
    for (const { folder, uid, part, name } of reuse ?? [])
      void upload(
        name,
        0,
        () => api<Upload>('/api/uploads/reuse', { method: 'POST', json: { folder, uid, part } }),
        false,
      );
  }, [reuse, upload]);
  const add = (input: HTMLInputElement) => {
    let total = list.reduce((sum, { size }) => sum + size, 0);
    for (const file of input.files ?? []) {
      total += file.size;
      if (total > limit) onProblem(`${file.name}: attachments of one message can be 20 MiB together.`);
      else
        void upload(
          file.name,
          file.size,
          () => api<Upload>(`/api/uploads?${query({ name: file.name })}`, { method: 'POST', file }),
          true,
        );
    }
    input.value = '';
  };
  const remove = (key: string) => {
    const file = list.find((each) => each.key === key);
    setList((before) => before.filter((each) => each.key !== key));
    if (file?.id != null) void api(`/api/uploads/${file.id}`, { method: 'DELETE' }).catch(() => undefined);
    onChange();
  };
  return { list, busy: list.some(({ id }) => id === null), add, remove };
}
