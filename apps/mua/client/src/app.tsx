import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { onSignedOut } from './api/http.ts';
import { useSession } from './api/session.ts';
import { Shell } from './shell/shell.tsx';
import { SignIn } from './shell/sign-in.tsx';

/** Signed in or not. */
export function App() {
  const session = useSession();
  const queries = useQueryClient();
  useEffect(
    () =>
      onSignedOut(() => {
        // Nothing of a mailbox stays on the screen or in memory after its session.
        queries.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'session' });
        queries.setQueryData(['session'], null);
      }),
    [queries],
  );
  if (session.isPending) return <div className="splash" aria-busy="true" aria-label="Loading" />;
  if (session.data == null) return <SignIn unreachable={session.isError} />;
  return <Shell key={session.data.address} session={session.data} />;
}
