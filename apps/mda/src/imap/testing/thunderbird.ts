import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const START_SECONDS = 60;

/** What has to be known before the first start: no servers but ours are asked, nothing is shown, and mail is kept for offline. */
const PREFERENCES: Readonly<Record<string, string | number | boolean>> = {
  'app.update.enabled': false,
  'app.donation.eoy.version.viewed': 999,
  'datareporting.policy.dataSubmissionEnabled': false,
  'extensions.getAddons.cache.enabled': false,
  'mail.instrumentation.userOptedIn': false,
  'mail.rights.version': 1,
  'mail.shell.checkDefaultClient': false,
  'mail.spotlight.firstRunDone': true,
  'mailnews.start_page.enabled': false,
  'mail.provider.suppress_dialog_on_startup': true,
  'network.proxy.type': 0,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'services.settings.server': 'data:,',
};

/** It put a question or a notice in front of everything, which was dismissed. */
export class ThunderbirdAsked extends Error {
  constructor(text: string) {
    super(`Thunderbird says: ${text}`);
  }
}

/** A Thunderbird without a window, driven through Marionette: scripts run in it with all that its own code may do. */
export class Thunderbird {
  readonly #child: ChildProcess;
  readonly #socket: Socket;
  readonly #waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  #received = Buffer.alloc(0);
  #id = 0;

  private constructor(child: ChildProcess, socket: Socket) {
    this.#child = child;
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.#take(chunk);
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      for (const { reject } of this.#waiting.values()) reject(new Error('Thunderbird is gone'));
    });
  }

  /** `directory` takes the profile. */
  static async start(directory: string): Promise<Thunderbird> {
    const profile = join(directory, 'thunderbird');
    await mkdir(profile);
    const port = await freePort();
    const preferences = { ...PREFERENCES, 'marionette.port': port };
    const lines = Object.entries(preferences).map(
      ([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`,
    );
    await writeFile(join(profile, 'user.js'), lines.join(''));
    const options = ['--headless', '--marionette', '--remote-allow-system-access', '--no-remote', '--profile', profile];
    const child = spawn('thunderbird', options, { stdio: 'ignore', env: { ...process.env, HOME: directory } });
    const socket = await reach(port, child);
    const driver = new Thunderbird(child, socket);
    await driver.#command('WebDriver:NewSession', {});
    await driver.#command('WebDriver:SetTimeouts', { script: 60_000 });
    await driver.#command('Marionette:SetContext', { value: 'chrome' });
    return driver;
  }

  /** Runs the body of an async function with `args`; what it returns is given back. */
  async run(body: string, ...args: readonly unknown[]): Promise<unknown> {
    const script = `const done = arguments[arguments.length - 1]; const args = [...arguments].slice(0, -1);
      (async () => { ${body} })().then((value) => done({ value }), (error) => done({ error: String(error) + (error.stack ?? '') }));`;
    const answer = (await this.#command('WebDriver:ExecuteAsyncScript', { script, args })) as {
      value: { value?: unknown; error?: string } | null;
    };
    // A window that asks something ends the script's answer; the script may go on.
    if (answer.value === null) throw await this.#asked();
    if (answer.value.error !== undefined) throw new Error(`in Thunderbird: ${answer.value.error}`);
    return answer.value.value;
  }

  async #asked(): Promise<ThunderbirdAsked> {
    const { value } = (await this.#command('WebDriver:GetAlertText', {})) as { value: string };
    await this.#command('WebDriver:DismissAlert', {});
    return new ThunderbirdAsked(value);
  }

  async stop(): Promise<void> {
    this.#socket.destroy();
    if (this.#child.exitCode !== null) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await gone;
  }

  async #command(name: string, parameters: Readonly<Record<string, unknown>>): Promise<unknown> {
    const id = ++this.#id;
    const text = JSON.stringify([0, id, name, parameters]);
    const answer = new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
    this.#socket.write(`${String(Buffer.byteLength(text))}:${text}`);
    return answer;
  }

  /** Each message is its length, a colon and JSON: `[1, id, error, result]`; the greeting is no array. */
  #take(chunk: Buffer): void {
    this.#received = Buffer.concat([this.#received, chunk]);
    for (;;) {
      const colon = this.#received.indexOf(0x3a);
      if (colon < 0) return;
      const end = colon + 1 + Number(this.#received.toString('latin1', 0, colon));
      if (this.#received.length < end) return;
      const message: unknown = JSON.parse(this.#received.toString('utf8', colon + 1, end));
      this.#received = this.#received.subarray(end);
      if (Array.isArray(message)) this.#answered(message as [number, number, { message: string } | null, unknown]);
    }
  }

  #answered([, id, error, result]: [number, number, { message: string } | null, unknown]): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error) waiting?.reject(new Error(`Marionette: ${error.message}`));
    else waiting?.resolve(result);
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

async function reach(port: number, child: ChildProcess): Promise<Socket> {
  for (let tries = 0; tries < START_SECONDS * 10 && child.exitCode === null; tries++) {
    const socket = connect(port, '127.0.0.1');
    try {
      await once(socket, 'connect');
      return socket;
    } catch {
      await sleep(100);
    }
  }
  child.kill('SIGKILL');
  throw new Error('Thunderbird does not listen for Marionette');
}
