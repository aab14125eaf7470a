import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useRef, useState } from 'react';
import type { DraftFields, SendRequest, SendResult, SessionInfo } from '../../../src/api-types.ts';
import { api, query } from '../api/http.ts';
import { useSay } from '../shell/say.tsx';
import type { Start } from './reply.ts';
import { useAutosave } from './use-autosave.ts';
import { useFiles } from './use-files.ts';

export type ComposeFields = Pick<DraftFields, 'to' | 'cc' | 'bcc' | 'subject' | 'text'>;

const firstFields = ({ to = '', cc = '', bcc = '', subject = '', text = '' }: Start): ComposeFields => ({
  to,
  cc,
  bcc,
  subject,
  text,
});

/** State of the message being written: its fields, its draft on the server, and how it ends. */
export function useComposing(sendKey: string, start: Start, session: SessionInfo, onClose: () => void) {
  const queries = useQueryClient();
  const say = useSay();
  const [fields, setFields] = useState(() => firstFields(start));
  const [problem, setProblem] = useState('');
  const [sending, setSending] = useState(false);
  const [version, setVersion] = useState(0);
  const touched = useCallback(() => setVersion((n) => n + 1), []);
  const files = useFiles(start.reuse, session.uploadLimit, setProblem, touched);
  const draftOf = (draftUid: number | null): DraftFields => ({
    ...fields,
    fromName: '',
    inReplyTo: start.inReplyTo ?? '',
    references: start.references ?? [],
    uploads: files.list.flatMap(({ id }) => (id === null ? [] : [id])),
    draftUid,
  });
  const autosave = useAutosave(version, start.draftUid ?? null, draftOf, !sending && !files.busy);
  const ended = useRef(false);
  const end = () => {
    ended.current = true;
    onClose();
    void queries.invalidateQueries({ queryKey: ['folders'] });
  };
  const send = async () => {
    if (sending || files.busy) return;
    setSending(true);
    setProblem('');
    try {
      const draftUid = await autosave.settle();
      const request: SendRequest = { ...draftOf(draftUid), key: sendKey, answers: start.answers ?? null };
      const result = await api<SendResult>('/api/send', { method: 'POST', json: request });
      say(outcome(result), result.refused.length > 0 ? 'error' : 'info');
      end();
    } catch (error) {
      setProblem((error as Error).message);
      setSending(false);
    }
  };
  const putAway = async () => {
    try {
      if (await autosave.flush()) say('Kept in Drafts');
    } catch (error) {
      return setProblem(`Not kept as a draft: ${(error as Error).message}`);
    }
    end();
  };
  const discard = async () => {
    const uid = await autosave.settle();
    if (uid !== null) await api(`/api/drafts?${query({ uid })}`, { method: 'DELETE' }).catch(() => undefined);
    for (const { id } of files.list)
      if (id !== null) void api(`/api/uploads/${id}`, { method: 'DELETE' }).catch(() => undefined);
    say('Discarded');
    end();
  };
  const change = (part: Partial<ComposeFields>) => {
    setFields((before) => ({ ...before, ...part }));
    touched();
  };
  return { fields, change, files, problem, sending, saved: autosave.text, send: () => void send(), putAway, discard };
}

function outcome({ refused, savedToSent }: SendResult): string {
  if (refused.length > 0)
    return `Sent, but not to ${refused.map(({ address, reason }) => `${address} (${reason})`).join(', ')}`;
  return savedToSent ? 'Sent' : 'Sent, but no copy could be kept in Sent';
}
