import { useSyncExternalStore } from 'react';

/** What is shown, as the address says it: `#/INBOX/42?q=text`. */
export interface Route {
  readonly folder: string;
  readonly uid: number | null;
  readonly search: string;
}

function parseRoute(hash: string): Route {
  const [path = '', search = ''] = hash.replace(/^#\/?/, '').split('?', 2);
  const [folder = '', uid = ''] = path.split('/');
  let name = 'INBOX';
  try {
    name = decodeURIComponent(folder) || name;
  } catch {
    // An address somebody mistyped leads to the inbox.
  }
  return {
    folder: name,
    uid: /^[1-9]\d{0,9}$/.test(uid) ? Number(uid) : null,
    search: new URLSearchParams(search).get('q') ?? '',
  };
}

export function routeHash({ folder, uid, search }: { folder: string; uid?: number | null; search?: string }): string {
  const path = [encodeURIComponent(folder), ...(uid == null ? [] : [String(uid)])].join('/');
  return `#/${path}${search === undefined || search === '' ? '' : `?${new URLSearchParams({ q: search }).toString()}`}`;
}

export function go(route: Parameters<typeof routeHash>[0]): void {
  location.hash = routeHash(route);
}

const subscribe = (listener: () => void) => {
  addEventListener('hashchange', listener);
  return () => removeEventListener('hashchange', listener);
};

/** What the address says now. After `go` the page follows a moment later: what a key or a click does must not wait for it. */
export const currentRoute = (): Route => parseRoute(location.hash);

export function useRoute(): Route {
  return parseRoute(useSyncExternalStore(subscribe, () => location.hash));
}
