import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { onSignedOut } from './api/http.ts';
import { forgetMail, useSession } from './api/session.ts';
import { Failure } from './shell/failure.tsx';
import { Shell } from './shell/shell.tsx';
import { SignIn } from './shell/sign-in.tsx';

/** Signed in or not. */
export function App() {
  const session = useSession();
  const queries = useQueryClient();
  useEffect(() => onSignedOut(() => forgetMail(queries)), [queries]);
  if (session.isPending) return <div className="splash" aria-busy="true" aria-label="Loading" />;
  if (session.data == null) return <SignIn unreachable={session.isError} />;
  return (
    <Failure>
      <Shell key={session.data.address} session={session.data} />
    </Failure>
  );
}
