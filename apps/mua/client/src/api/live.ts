import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';

const SETTLE_MS = 150;

/**
 * Keeps what is shown up to date by the server's events. The browser connects anew by itself; then everything may have
 * changed. Returns whether we are connected.
 */
export function useLive(onArrival: () => void): boolean {
  const queries = useQueryClient();
  const [connected, setConnected] = useState(true);
  useEffect(() => {
    const source = new EventSource('/api/events');
    let first = true;
    const folders = new Set<string>();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const refresh = () => {
      for (const folder of folders) void queries.invalidateQueries({ queryKey: ['messages', folder] });
      folders.clear();
      void queries.invalidateQueries({ queryKey: ['folders'] });
    };
    source.addEventListener('hello', () => {
      setConnected(true);
      if (!first) void queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'message' });
      first = false;
    });
    source.addEventListener('change', (event: MessageEvent<string>) => {
      const { folder, arrived } = JSON.parse(event.data) as { folder: string; arrived: boolean };
      folders.add(folder);
      clearTimeout(timer);
      timer = setTimeout(refresh, SETTLE_MS);
      if (arrived && folder === 'INBOX') onArrival();
    });
    source.addEventListener('error', () => {
      setConnected(false);
      // Closed for good: the session ended, which the next question finds out.
      if (source.readyState === EventSource.CLOSED) void queries.invalidateQueries({ queryKey: ['folders'] });
    });
    return () => {
      clearTimeout(timer);
      source.close();
    };
  }, [queries, onArrival]);
  return connected;
}
