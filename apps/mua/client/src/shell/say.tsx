import { createContext, type ReactNode, useCallback, useContext, useEffect, useState } from 'react';

type Say = (text: string, kind?: 'info' | 'error') => void;
const SayContext = createContext<Say>(() => undefined);
export const useSay = () => useContext(SayContext);

/** Short words on what happened: seen for a while, and read out by screen readers. */
export function SayProvider({ children }: { children: ReactNode }) {
  const [said, setSaid] = useState<{ text: string; kind: 'info' | 'error'; at: number } | null>(null);
  const say = useCallback<Say>((text, kind = 'info') => setSaid({ text, kind, at: Date.now() }), []);
  useEffect(() => {
    if (said === null) return;
    const timer = setTimeout(() => setSaid(null), said.kind === 'error' ? 10_000 : 4_000);
    return () => clearTimeout(timer);
  }, [said]);
  return (
    <SayContext value={say}>
      {children}
      <div className="toasts" role="status" aria-live="polite" aria-atomic="true">
        {said !== null && (
          <div key={said.at} className={`toast toast-${said.kind}`}>
            {said.text}
          </div>
        )}
      </div>
    </SayContext>
  );
}
