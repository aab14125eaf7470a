/** What an agent said of itself. */
export interface AgentHealth {
  readonly name: string;
  readonly url: string;
  readonly ready: boolean;
  /** Its reason, or why it could not be asked. */
  readonly detail: string;
}

const MAX_DETAIL = 300;

/** `msa=http://…` as the settings have it. @throws Error that names what is wrong */
export function parseAgents(list: readonly string[]): { name: string; url: string }[] {
  return list.map((item) => {
    const at = item.indexOf('=');
    const url = item.slice(at + 1);
    if (at < 1 || !URL.canParse(url)) throw new Error(`agents: ${JSON.stringify(item)} is not name=http://host:port`);
    return { name: item.slice(0, at), url };
  });
}

/** Asks every agent for /readyz; none is waited for longer than two seconds. */
export function askAgents(agents: readonly { name: string; url: string }[]): Promise<AgentHealth[]> {
  return Promise.all(
    agents.map(async ({ name, url }) => {
      try {
        const response = await fetch(new URL('/readyz', url), {
          signal: AbortSignal.timeout(2_000),
          redirect: 'error',
        });
        const detail = (await response.text()).trim().slice(0, MAX_DETAIL);
        return { name, url, ready: response.ok, detail };
      } catch (error) {
        const cause = (error as { cause?: { code?: unknown } }).cause?.code;
        return {
          name,
          url,
          ready: false,
          detail: cause === 'ECONNREFUSED' ? 'does not answer: is it running?' : String(cause ?? error),
        };
      }
    }),
  );
}
