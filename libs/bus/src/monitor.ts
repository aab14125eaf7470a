import { readFile } from 'node:fs/promises';
import { request } from 'node:https';

const TIMEOUT_MS = 5_000;
/** PEM file of the authority to trust, by origin of a monitoring address. */
const authorities = new Map<string, string>();

/** From here on https monitors at these addresses are checked against the authority of the NATS servers. */
export function trustMonitors(urls: readonly string[], caFile: string): void {
  for (const url of urls) authorities.set(new URL(url).origin, caFile);
}

/** JSON of a monitoring page. @throws Error when there is no answer in `timeoutMs` (default 5 s), or another than 200 */
export async function readMonitor(url: URL, timeoutMs = TIMEOUT_MS): Promise<unknown> {
  const caFile = authorities.get(url.origin);
  if (url.protocol === 'https:' && caFile !== undefined)
    return JSON.parse(await get(url, await readFile(caFile), timeoutMs));
  const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) });
  if (!response.ok) throw new Error(`${url.href} answered ${response.status}`);
  return response.json();
}

/** `fetch` takes no authority of its own. */
function get(url: URL, ca: Buffer, timeoutMs: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { ca, agent: false, signal: AbortSignal.timeout(timeoutMs) }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        if (response.statusCode === 200) resolve(Buffer.concat(chunks).toString());
        else reject(new Error(`${url.href} answered ${response.statusCode}`));
      });
    });
    asked.on('error', reject).end();
  });
}
