import { html } from './html.ts';
import { layout } from './layout.ts';

/** Where to go after it, only within the console. */
export function safeTarget(next: string | undefined): string {
  return next !== undefined && /^\/(?![/\\])[\x21-\x7e]{0,1000}$/.test(next) ? next : '/';
}

export function signInPage(options: { next: string; wrong: boolean }): string {
  const main = html`<section class="card sign-in">
    <h1>Sign in</h1>
    <p>
      The console shows who writes to whom. Its token was made at the first start and stands in the file
      <code>ops-token</code> of the stack’s home folder.
    </p>
    ${options.wrong ? html`<p class="alert" role="alert">That is not the token. It is one line of text: <code>cat .postroad/ops-token</code></p>` : null}
    <form action="/sign-in" method="post">
      <input type="hidden" name="next" value="${options.next}" />
      <input
        class="hidden"
        name="username"
        value="postmaster"
        autocomplete="username"
        tabindex="-1"
        aria-hidden="true"
        readonly
      />
      <label for="token">Token</label>
      <input
        id="token"
        name="token"
        type="password"
        autocomplete="current-password"
        required
        maxlength="1000"
        autofocus
        ${options.wrong ? html`aria-invalid="true"` : null}
      />
      <button type="submit">Sign in</button>
    </form>
  </section>`;
  return layout({ title: 'Sign in', main, signedIn: false });
}
