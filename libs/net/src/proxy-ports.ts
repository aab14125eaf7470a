/** Whether connections to a port begin with a PROXY header; absent: those from the named proxies do. */
export type ProxyUse = 'required' | 'never';

interface PortAddress {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly implicitTls: boolean;
}

export interface ProxyPorts {
  /** Address of all of them. */
  readonly bind: string;
  readonly proxyFrom: readonly string[];
}

/**
 * The listeners of a role with plain ports and (0: none) PROXY ports. As soon as there is one of the latter, the plain ones read no
 * header any more: who reaches both cannot pretend on one to have come through the other.
 * @throws Error with code CONFIG_INVALID when no proxy is named for a PROXY port
 */
export function withProxyPorts(
  { bind, proxyFrom }: ProxyPorts,
  ports: readonly { readonly port: number; readonly proxyPort: number; readonly implicitTls?: boolean }[],
): (PortAddress & { readonly proxy?: ProxyUse })[] {
  const proxied = ports.filter(({ proxyPort }) => proxyPort > 0);
  if (proxied.length > 0 && proxyFrom.length === 0)
    throw Object.assign(
      new Error('a PROXY port is set, but proxyFrom names no proxy: nobody could use it. Name its addresses there'),
      { code: 'CONFIG_INVALID' },
    );
  const all = (list: typeof ports, of: 'port' | 'proxyPort') =>
    list.map((each) => ({ host: bind, port: each[of], implicitTls: each.implicitTls ?? false }));
  if (proxied.length === 0) return all(ports, 'port');
  return [
    ...all(ports, 'port').map((each) => ({ ...each, proxy: 'never' as const })),
    ...all(proxied, 'proxyPort').map((each) => ({ ...each, proxy: 'required' as const })),
  ];
}
