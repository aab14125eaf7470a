import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { eventually, eventuallyHolds, findProgram, missing } from '@postroad/testkit';
import axe from 'axe-core';
import { ImapFlow } from 'imapflow';
import { createTransport, type SendMailOptions } from 'nodemailer';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { ensureAccounts, type FirstAccount, sendWelcome } from './first-run.ts';
import { Stack } from './stack.ts';

const FLAGS =
  '--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync';
const WAIT = { timeout: 30_000 };

suite('webmail in Chromium', { skip: missing('chromium'), timeout: 230_000 }, () => {
  let home: string;
  let stack: Stack;
  let alice: FirstAccount;
  let bob: FirstAccount;
  let context: BrowserContext;
  let page: Page;
  /** Scripts of ours that failed. */
  const faults: string[] = [];
  /** What the browser says of things that our policy forbids. */
  const complaints: string[] = [];

  before(async () => {
    home = await mkdtemp(join(tmpdir(), 'postroad-webmail-'));
    stack = await Stack.start({ home: join(home, 'stack'), portOffset: 24_000 });
    const accounts = await ensureAccounts(stack);
    [alice, bob] = accounts as [FirstAccount, FirstAccount];
    await sendWelcome(stack, accounts);
    context = await chromium.launchPersistentContext(join(home, 'chromium'), {
      executablePath: findProgram('chromium') ?? '',
      args: FLAGS.split(' '),
      viewport: { width: 1360, height: 860 },
    });
    page = context.pages()[0] ?? (await context.newPage());
    page.on('pageerror', (error) => faults.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error' && !/status of 4\d\d/.test(message.text())) complaints.push(message.text());
    });
    page.setDefaultTimeout(WAIT.timeout);
  });
  after(async () => {
    await context?.close();
    await stack?.stop();
    await rm(home, { recursive: true, force: true });
  });

  const row = (text: string) => page.locator('a.row', { hasText: text });
  const heading = (text: string) => page.getByRole('heading', { level: 2, name: text, exact: true });

  async function sendFrom(account: FirstAccount, message: SendMailOptions): Promise<void> {
    const transport = createTransport({
      host: '127.0.0.1',
      port: stack.ports.submission,
      requireTLS: true,
      auth: { user: account.address, pass: account.password },
      tls: { rejectUnauthorized: false },
    });
    await transport.sendMail({ from: account.address, ...message });
    transport.close();
  }

  /** Source of the first message in a folder with this subject, once it is there. */
  async function findOverImap(
    account: FirstAccount,
    folder: string,
    subject: string,
  ): Promise<{ source: string; flags: Set<string> }> {
    const client = new ImapFlow({
      host: '127.0.0.1',
      port: stack.ports.imaps,
      secure: true,
      auth: { user: account.address, pass: account.password },
      tls: { rejectUnauthorized: false },
      logger: false,
    });
    await client.connect();
    try {
      await client.mailboxOpen(folder);
      for (let i = 0; i < 160; i += 1) {
        const found = await client.search({ subject }, { uid: true });
        const uid = Array.isArray(found) ? found.at(-1) : undefined;
        const message =
          uid === undefined ? false : await client.fetchOne(`${uid}`, { source: true, flags: true }, { uid: true });
        if (message !== false) return { source: message.source?.toString() ?? '', flags: message.flags ?? new Set() };
        await new Promise((resolve) => setTimeout(resolve, 250));
        await client.noop();
      }
      throw new Error(`no message “${subject}” in ${folder} of ${account.address}`);
    } finally {
      await client.logout();
    }
  }

  /** Asked again and again from outside: what waits inside the page is evaluated there, which our policy forbids. */
  const unreadInTitle = (count: number) =>
    eventuallyHolds(async () => assert.ok((await page.title()).startsWith(`(${count})`)));

  async function assertAccessible(what: string): Promise<void> {
    await page.evaluate(axe.source);
    const violations = await page.evaluate(async () => {
      interface Violation {
        id: string;
        impact: string;
        nodes: { html: string; failureSummary: string }[];
      }
      const { axe: there } = globalThis as unknown as { axe: { run(o: object): Promise<{ violations: Violation[] }> } };
      const { violations: found } = await there.run({ iframes: false, resultTypes: ['violations'] });
      return found
        .filter(({ impact }) => impact === 'serious' || impact === 'critical')
        .map(({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.html} ${node.failureSummary}`).join(' | ')}`);
    });
    assert.deepEqual(violations, [], what);
  }

  test('a wrong password is refused in words, the right one lets in', async () => {
    await page.goto(`http://127.0.0.1:${stack.ports.webmail}/`);
    await page.getByLabel('E-mail address').fill(alice.address);
    await page.getByLabel('Password').fill('not it');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('The address or the password is wrong.').waitFor();
    await assertAccessible('sign-in page');
    await page.getByLabel('Password').fill(alice.password);
    await page.keyboard.press('Enter');
    await row('Welcome to Postroad').waitFor();
    const cookies = await context.cookies();
    const session = cookies.find(({ name }) => name === 'postroad');
    assert.equal(session?.httpOnly, true);
    assert.equal(session.sameSite, 'Strict');
    assert.equal(Buffer.from(session.value, 'base64url').length, 32);
  });

  test('a message from outside appears by itself, and the title counts it', async () => {
    await unreadInTitle(1);
    // A mark that a reload would remove.
    await page.evaluate(`document.documentElement.setAttribute('data-same-page', '')`);
    await sendFrom(bob, { to: alice.address, subject: 'Tea at four?', text: 'At the usual place.\n\n> Where?\n' });
    await row('Tea at four?').waitFor();
    await unreadInTitle(2);
    assert.equal(await page.locator('html[data-same-page]').count(), 1);
    await assertAccessible('inbox');
  });

  test('it is read and answered, and the answer arrives with its references', async () => {
    await row('Tea at four?').click();
    await heading('Tea at four?').waitFor();
    await page.getByText('At the usual place.').waitFor();
    await unreadInTitle(1);
    await assertAccessible('message');
    await page.getByRole('button', { name: 'Reply', exact: true }).click();
    const dialog = page.getByRole('dialog', { name: 'Re: Tea at four?' });
    await dialog.getByLabel('Message', { exact: true }).pressSequentially('With pleasure, Ælfred.');
    await assertAccessible('compose');
    await dialog.getByRole('button', { name: 'Send' }).click();
    await dialog.waitFor({ state: 'detached' });
    const { source } = await findOverImap(bob, 'INBOX', 'Re: Tea at four?');
    const original = await findOverImap(alice, 'INBOX', 'Tea at four?');
    const messageId = /^Message-ID: (<.+>)/im.exec(original.source)?.[1] ?? 'none';
    assert.ok(source.includes(`In-Reply-To: ${messageId}`));
    assert.match(source, /=C3=86lfred|Ælfred/);
    assert.doesNotMatch(source, /^Traceparent:/im);
    await eventuallyHolds(async () => {
      const { flags } = await findOverImap(alice, 'INBOX', 'Tea at four?');
      assert.ok(flags.has('\\Answered') && flags.has('\\Seen'));
    });
    const copy = await findOverImap(alice, 'Sent', 'Re: Tea at four?');
    assert.ok(copy.flags.has('\\Seen'));
  });

  test('hostile HTML runs no script and loads nothing until asked', async () => {
    // Up to here our own pages did nothing that our policy forbids; this message tries it all.
    assert.deepEqual(complaints, []);
    const asked: string[] = [];
    const tracker: Server = createServer((request, response) => {
      asked.push(request.url ?? '');
      response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => tracker.listen(0, '127.0.0.1', resolve));
    const at = `http://127.0.0.1:${(tracker.address() as AddressInfo).port}`;
    const evil = 'parent.document.title="owned";top.owned=1;';
    await sendFrom(bob, {
      to: alice.address,
      subject: 'You have won',
      html: `<base href="${at}/"><link rel=stylesheet href="${at}/css"><meta http-equiv=refresh content="0;url=${at}/refresh">
        <style>@import "${at}/import"; body{background:url(${at}/style)}</style><script>${evil}</script><script src="${at}/js"></script>
        <p onclick="${evil}" onmouseover="${evil}">Congratulations</p><img src="${at}/img" alt="prize"><img src=x onerror='${evil}'>
        <svg onload='${evil}'><script>${evil}</script></svg><iframe src="${at}/frame" srcdoc="<script>${evil}</script>"></iframe>
        <div style="background:url('${at}/attr')">.</div><video src="${at}/video" autoplay poster="${at}/poster"></video><object data="${at}/object"></object>
        <a href="javascript:${evil}" id=a>click</a><form action="${at}/form"><input autofocus onfocus='${evil}'><button>go</button></form>
        <math><mtext><table><mglyph><style><img src=y onerror='${evil}'></style></mglyph></table></mtext></math>`,
    });
    await row('You have won').click();
    const frame = page.frameLocator('iframe.html-body');
    await frame.getByText('Congratulations').click();
    await frame.getByText('click').click({ noWaitAfter: true });
    await page.waitForTimeout(700);
    assert.equal(asked.join(), '');
    assert.equal(await page.evaluate(() => (globalThis as { owned?: number }).owned), undefined);
    assert.ok(!(await page.title()).includes('owned'));
    assert.equal(await frame.locator('script, iframe, object, form, input, svg, link, base, meta').count(), 0);
    await page.getByRole('button', { name: 'Show images' }).click();
    await eventually(() => asked.includes('/img') || 'the image is not asked for');
    for (const path of ['/js', '/frame', '/object', '/video', '/import', '/css', '/refresh', '/form'])
      assert.ok(!asked.includes(path), path);
    assert.equal(await page.evaluate(() => (globalThis as { owned?: number }).owned), undefined);
    tracker.closeAllConnections();
    await new Promise((resolve) => tracker.close(resolve));
  });

  test('keyboard alone: compose, send, refusal in the server’s words, navigate, flag, archive, delete, search, help', async () => {
    await page.keyboard.press('Escape');
    await page.keyboard.press('c');
    await page.locator('.compose :focus').waitFor();
    await page.keyboard.type('nobody@postroad.test');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.type('Into the void');
    await page.keyboard.press('Tab');
    await page.keyboard.type('Hello?');
    await page.keyboard.press('Control+Enter');
    await page.locator('.compose-problem', { hasText: /5\d\d/ }).waitFor();
    await page.keyboard.press('Escape');
    await page.locator('.compose').waitFor({ state: 'detached' });
    assert.match((await findOverImap(alice, 'Drafts', 'Into the void')).source, /Hello\?/);

    await page.keyboard.press('j');
    await page.keyboard.press('j');
    await page.locator(':focus', { hasText: 'Tea at four' }).waitFor();
    await page.keyboard.press('Enter');
    await heading('Tea at four?').waitFor();
    await page.keyboard.press('s');
    await page.locator('a.row[aria-current]', { hasText: 'flagged' }).waitFor();
    // A busy machine paints late: what waits for that must not take the focus from where one has gone meanwhile.
    await page.evaluate(`{
      const now = requestAnimationFrame;
      requestAnimationFrame = (work) => {
        addEventListener('keyup', ({ key }) => key === 'k' && work(0));
        requestAnimationFrame = now;
      };
    }`);
    await page.keyboard.press('e');
    await row('Tea at four?').waitFor({ state: 'detached' });
    assert.ok((await findOverImap(alice, 'Archive', 'Tea at four?')).flags.has('\\Flagged'));
    await page.keyboard.press('u');
    await page.keyboard.press('k');
    await page.locator(':focus', { hasText: 'You have won' }).waitFor();
    await page.keyboard.press('#');
    await findOverImap(alice, 'Trash', 'You have won');
    await page.locator('a.row:focus').waitFor();

    await page.keyboard.press('/');
    await page.locator('input:focus').waitFor();
    await page.keyboard.type('submitted to the MSA');
    await page.keyboard.press('Enter');
    await page.getByText('1 message found in Inbox').waitFor();
    await page.keyboard.press('?');
    await page.getByRole('heading', { name: 'Keyboard shortcuts' }).waitFor();
    await assertAccessible('help');
    await page.keyboard.press('Escape');
  });

  test('attachments go and come back octet for octet; forwarding takes them along', async () => {
    const content = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * 31 + (i >> 8)) & 255));
    await page.goto(`http://127.0.0.1:${stack.ports.webmail}/#/INBOX`);
    await page.getByRole('button', { name: 'New message' }).first().click();
    await page.getByLabel('To', { exact: true }).fill(`Alice <${alice.address}>`);
    await page.getByLabel('Subject').fill('With a file');
    await page
      .getByLabel('Attach files')
      .setInputFiles({ name: 'grüße "1".bin', mimeType: 'application/x-test', buffer: content });
    await page.getByText('293 KiB', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Send' }).click();
    await row('With a file').click();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: /grüße/ }).click(),
    ]);
    assert.deepEqual(await readFile(await download.path()), content);
    await page.keyboard.press('f');
    const dialog = page.getByRole('dialog', { name: 'Fwd: With a file' });
    await dialog.getByLabel('To', { exact: true }).fill(bob.address);
    await dialog.getByText('293 KiB', { exact: true }).waitFor();
    await dialog.getByRole('button', { name: 'Send' }).click();
    const { source } = await findOverImap(bob, 'INBOX', 'Fwd: With a file');
    assert.ok(source.replaceAll(/\s/g, '').includes(content.toString('base64')));
  });

  test('the mail server is killed and comes back: the page goes on by itself', async () => {
    await page.goto(`http://127.0.0.1:${stack.ports.webmail}/#/INBOX`);
    const mda = stack.child('mda');
    const before = mda.pid;
    process.kill(before ?? 0, 'SIGKILL');
    await sendFrom(bob, { to: alice.address, subject: 'After the storm', text: 'Still here?' });
    await row('After the storm').waitFor({ timeout: 60_000 });
    await row('After the storm').click();
    await page.getByText('Still here?').waitFor();
    assert.notEqual(mda.pid, before);
  });

  test('a phone of 320 px in the dark: nothing is wider than the window, and it stays accessible', async () => {
    await page.setViewportSize({ width: 320, height: 640 });
    await page.emulateMedia({ colorScheme: 'dark' });
    const overflow = () => page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
    assert.ok((await overflow()) <= 0);
    await assertAccessible('message, small and dark');
    await page.getByRole('link', { name: 'Back to the list' }).click();
    await row('Welcome to Postroad').waitFor();
    assert.ok((await overflow()) <= 0);
    await assertAccessible('inbox, small and dark');
  });

  test('requests of other sites are refused, and signing out ends the session', async () => {
    const base = `http://127.0.0.1:${stack.ports.webmail}`;
    const [cookie] = await context.cookies();
    const headers = { cookie: `${cookie?.name}=${cookie?.value}`, 'content-type': 'application/json' };
    const body = JSON.stringify({ folder: 'INBOX', uids: [1], action: 'delete' });
    const status = async (extra: Record<string, string>) =>
      (await fetch(`${base}/api/actions`, { method: 'POST', headers: { ...headers, ...extra }, body })).status;
    assert.equal(await status({}), 403);
    assert.equal(await status({ 'x-postroad': '1', origin: 'https://evil.example' }), 403);
    assert.equal((await fetch(`${base}/api/folders`, { headers })).status, 200);
    await page.getByRole('button', { name: 'Folders' }).click();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('E-mail address').waitFor();
    assert.equal((await fetch(`${base}/api/folders`, { headers })).status, 401);
    assert.deepEqual(faults, []);
  });
});
