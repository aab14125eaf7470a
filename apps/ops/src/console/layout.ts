import { html, type Markup } from './html.ts';

export interface Page {
  readonly title: string;
  readonly main: Markup;
  /** What was searched for. */
  readonly search?: string;
  /** Absent: nobody is signed in, so there is nothing to search. */
  readonly signedIn: boolean;
}

/** The frame of every page. */
export function layout({ title, main, search = '', signedIn }: Page): string {
  const controls = html` <form class="search" role="search" action="/messages" method="get">
      <label for="q" class="hidden">Message-ID, queue id, trace id or address</label>
      <input
        id="q"
        name="q"
        type="search"
        value="${search}"
        placeholder="Message-ID, queue id or address"
        autocomplete="off"
        spellcheck="false"
        maxlength="998"
        required
      />
      <button type="submit">Trace</button>
    </form>
    <nav aria-label="Console">
      <a href="/">Overview</a>
      <a href="/queue">Queue</a>
      <form action="/sign-out" method="post"><button class="quiet" type="submit">Sign out</button></form>
    </nav>`;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title} · Postroad</title>
        <link rel="icon" href="/assets/icon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="/assets/console.css" />
        <link rel="stylesheet" href="/assets/lanes.css" />
        <script src="/assets/console.js" defer></script>
      </head>
      <body>
        <a class="skip" href="#main">Skip to content</a>
        <header class="${signedIn ? 'bar' : 'bar plain'}">
          <a class="brand" href="/"
            ><img src="/assets/icon.svg" alt="" width="28" height="28" />Postroad <span>console</span></a
          >
          ${signedIn ? controls : null}
        </header>
        <main id="main" tabindex="-1">${main}</main>
      </body>
    </html> `.text;
}
