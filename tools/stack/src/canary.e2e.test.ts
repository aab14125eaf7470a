import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { connect, createServer, type Server } from 'node:tls';
import { KvDirectoryWriter } from '@postroad/directory';
import { happens } from './e2e-stack.ts';
import { openMail } from './mail-client.ts';
import { portsAt } from './ports.ts';
import { Stack } from './stack.ts';

const CANARY = 'canary@postroad.test';
const PASSWORD = 'sings in the mine';

/** Stands between the canary and IMAP over TLS: while `broken` no EXPUNGE arrives as it was said. */
class Meddler {
  broken = false;
  readonly #server: Server;

  constructor(port: number, target: number, { cert, key }: { readonly cert: string; readonly key: string }) {
    const pem = readFileSync(cert);
    this.#server = createServer({ cert: pem, key: readFileSync(key) }, (client) => {
      const server = connect({ port: target, host: '127.0.0.1', ca: pem });
      for (const [from, to] of [
        [client, server],
        [server, client],
      ] as const)
        from.on('error', () => undefined).on('close', () => to.destroy());
      client.on('data', (octets: Buffer) => {
        const text = octets.toString('latin1');
        server.write(Buffer.from(this.broken ? text.replace(/ UID EXPUNGE /g, ' UID EXPLODE ') : text, 'latin1'));
      });
      server.pipe(client);
    }).listen(port, '127.0.0.1');
  }

  close(): void {
    this.#server.close();
  }
}

for (const [startTls, portOffset] of [
  [false, 23_400],
  [true, 23_600],
] as const)
  describe(`the canary of ops, ${startTls ? 'over STARTTLS' : 'over TLS from the start'}`, () => {
    const home = mkdtempSync(join(tmpdir(), 'postroad-canary-'));
    const ports = portsAt(portOffset);
    let stack: Stack;
    let meddler: Meddler | undefined;
    const meddled = portOffset + 150;
    before(async () => {
      const env = {
        ADDRESS: CANARY,
        PASSWORD,
        SUBMISSION: `127.0.0.1:${startTls ? ports.submission : ports.submissions}`,
        IMAP: `127.0.0.1:${startTls ? ports.imap : meddled}`,
        START_TLS: `${startTls}`,
        TLS_CA: join(home, 'certs', 'cert.pem'),
        SECONDS: '1',
      };
      stack = await Stack.start({
        home,
        portOffset,
        agents: ['ops', 'mda', 'mta', 'msa', ...(startTls ? [] : ['mua' as const])],
        env: Object.fromEntries(Object.entries(env).map(([name, value]) => [`POSTROAD_OPS_CANARY_${name}`, value])),
      });
      await new KvDirectoryWriter(stack.bus).addDomain(stack.domain);
      if (!startTls) meddler = new Meddler(meddled, ports.imaps, stack.certificate);
    });
    after(async () => {
      meddler?.close();
      await stack?.stop();
      rmSync(home, { recursive: true, force: true });
    });

    const value = async (series: string): Promise<number | undefined> => {
      const text = await fetch(`http://127.0.0.1:${ports.ops}/metrics`).then((answer) => answer.text());
      const line = text.split('\n').find((each) => each.startsWith(`postroad_canary_${series} `));
      return line === undefined ? undefined : Number(line.split(' ').at(-1));
    };

    test('without its account it is lost at once, and that is told', async () => {
      await happens('lost', async () => ((await value('runs_total{outcome="submit"}')) ?? 0) > 0);
      assert.equal(await value('success'), 0);
      assert.equal(await value('last_success_timestamp_seconds'), undefined);
      assert.equal(await value('runs_total{outcome="ok"}'), undefined);
    });

    test('it submits, sees the message over IMAP, reads and deletes it', async () => {
      await new KvDirectoryWriter(stack.bus).addAccount({ address: CANARY, password: PASSWORD });
      await happens('arrived three times', async () => ((await value('runs_total{outcome="ok"}')) ?? 0) >= 3);
      await happens('success is told', async () => (await value('success')) === 1);
      const last = (await value('last_success_timestamp_seconds')) ?? 0;
      assert.ok(Math.abs(last - Date.now() / 1_000) < 90, `${last}`);
      // Seconds, and none takes longer than a flight may; the fastest one is more milliseconds than that.
      const [sum = 0, count = 0] = [await value('seconds_sum'), await value('seconds_count')];
      assert.ok(count >= 3 && sum / count > 0 && sum / count < 30, `${sum} of ${count}`);
    });

    test('its mailbox does not fill', async () => {
      const box = await openMail(stack, CANARY, PASSWORD);
      const most = Math.max(
        ...(await Promise.all([0, 1, 2].map(() => box.all('INBOX')))).map((messages) => messages.length),
      );
      await box.close();
      assert.ok(most <= 1, `${most} messages`);
    });

    // Once is enough: these do not depend on how the doors are opened.
    if (startTls) return;

    test('the webmail counts who signs in by what the mda said', async () => {
      const origin = `http://127.0.0.1:${ports.webmail}`;
      const headers = { origin, 'x-postroad': '1', 'content-type': 'application/json' };
      for (const [password, status] of [
        ['wrong', 401],
        [PASSWORD, 200],
      ] as const) {
        const body = JSON.stringify({ address: CANARY, password });
        assert.equal((await fetch(`${origin}/api/session`, { method: 'POST', headers, body })).status, status);
      }
      const text = await fetch(`http://127.0.0.1:${ports.health.mua}/metrics`).then((answer) => answer.text());
      for (const outcome of ['ok', 'refused'])
        assert.match(
          text,
          new RegExp(`^postroad_auth_total\\{door="web",mechanism="form",outcome="${outcome}"\\} 1$`, 'm'),
        );
      assert.match(text, /^postroad_sessions_opened_total\{door="web"\} 1$/m);
      assert.match(text, /^postroad_sessions\{door="web"\} 1$/m);
    });

    test('what is not deleted is told; the next one that can clears it away', async () => {
      const box = await openMail(stack, CANARY, PASSWORD);
      assert.ok(meddler);
      meddler.broken = true;
      await happens('not deleted', async () => ((await value('runs_total{outcome="read"}')) ?? 0) >= 2);
      assert.ok((await box.all('INBOX')).length >= 2);
      meddler.broken = false;
      await happens('arrives again', async () => (await value('success')) === 1);
      await happens('all are gone', async () => (await box.all('INBOX')).length === 0);
      await box.close();
    });

    test('when mail cannot be read the step is told, and it recovers', async () => {
      await stack.child('mda').stop();
      await happens('lost on the way', async () => ((await value('runs_total{outcome="wait"}')) ?? 0) > 0);
      assert.equal(await value('success'), 0);
      assert.ok(((await value('last_success_timestamp_seconds')) ?? 0) > 0, 'when it arrived last is still told');
      stack.child('mda').start();
      await happens('arrives again', async () => (await value('success')) === 1);
    });
  });
