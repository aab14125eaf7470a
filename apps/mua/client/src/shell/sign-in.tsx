import { type FormEvent, useEffect, useRef } from 'react';
import { useSignIn } from '../api/session.ts';

export function SignIn({ unreachable }: { unreachable: boolean }) {
  const signIn = useSignIn();
  const password = useRef<HTMLInputElement>(null);
  useEffect(() => {
    document.title = 'Sign in · Postroad';
  }, []);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    const text = (name: string) => {
      const value = data.get(name);
      return typeof value === 'string' ? value : '';
    };
    signIn.mutate(
      { address: text('address').trim(), password: text('password') },
      { onError: () => password.current?.select() },
    );
  };
  const problem =
    signIn.error?.message ?? (unreachable ? 'The webmail cannot be reached. Reload the page to try again.' : null);
  return (
    <main className="sign-in">
      <form className="sign-in-card" onSubmit={submit}>
        <img src="/icon.svg" width="44" height="44" alt="" />
        <h1>Postroad</h1>
        <p className="muted">Sign in to your mail</p>
        <label className="field">
          <span>E-mail address</span>
          <input
            name="address"
            type="email"
            autoComplete="username"
            required
            autoFocus
            inputMode="email"
            spellCheck={false}
          />
        </label>
        <label className="field">
          <span>Password</span>
          <input name="password" ref={password} type="password" autoComplete="current-password" required />
        </label>
        <div className="sign-in-problem" role="alert">
          {problem}
        </div>
        <button className="button primary wide" type="submit" disabled={signIn.isPending}>
          {signIn.isPending ? 'Signing in …' : 'Sign in'}
        </button>
      </form>
    </main>
  );
}
