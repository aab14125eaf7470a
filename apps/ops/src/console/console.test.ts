import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { eventually } from '@postroad/testkit';
import { Harness, hex, newQueueId, otlpExport } from '../testing/harness.ts';

const CHROMIUM = '/usr/bin/chromium';
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

suite('console in Chromium', { skip: existsSync(CHROMIUM) ? false : `${CHROMIUM} is not installed` }, () => {
  let h: Harness;
  let browser: BrowserContext;
  let page: Page;
  const profile = mkdtempSync(join(tmpdir(), 'postroad-console-'));
  const errors: string[] = [];
  before(async () => {
    h = await Harness.start();
    browser = await chromium.launchPersistentContext(profile, {
      executablePath: CHROMIUM,
      headless: true,
      args: FLAGS,
    });
    page = await browser.newPage();
    page.setDefaultTimeout(30_000);
    page.on('pageerror', (error) => errors.push(error.message));
    // Whatever the content security policy stops is an error of ours.
    page.on('console', (message) => message.text().includes('Content Security Policy') && errors.push(message.text()));
  });
  after(async () => {
    await browser.close();
    await h.stop();
    rmSync(profile, { recursive: true, force: true });
  });

  const queueId = newQueueId();
  const evil = '"<script>alert(1)</script>"@example.test';

  test('one signs in with the token, and not without it', async () => {
    await page.goto(`${h.url}/messages?q=x%40example.test`);
    assert.match(page.url(), /\/sign-in\?next=/);
    await page.getByLabel('Token').fill('wrong');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').waitFor();
    await page.getByLabel('Token').fill(h.token);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { name: 'Nothing found' }).waitFor();
    const [cookie] = await browser.cookies();
    assert.deepEqual([cookie?.name, cookie?.httpOnly, cookie?.sameSite], ['postroad_ops', true, 'Strict']);
  });

  test('a Message-ID leads to the picture and the table of the message’s way', async () => {
    const [traceId, root] = [hex(16), hex(8)];
    const now = Date.now();
    h.record({
      agent: 'msa',
      step: 'accepted',
      queueId,
      messageId: 'hello@example.test',
      sender: evil,
      recipients: ['bob@example.test'],
      traceparent: `00-${traceId}-${root}-01`,
    });
    h.record({ agent: 'mda', step: 'delivered', queueId, recipients: ['bob@example.test'] });
    const body = JSON.stringify(
      otlpExport('postroad-msa', [{ traceId, spanId: root, name: 'msa accept', start: now, ms: 4, queueId }]),
    );
    await fetch(h.otlp, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    await eventually(
      async () => (await h.api('GET', `/trace/${queueId}`)).body.messages?.[0]?.timeline.length === 3 || 'not yet',
    );
    await page.getByRole('searchbox').fill('<hello@example.test>');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: queueId }).waitFor();
    const lanes = page.getByRole('img', { name: 'Timeline of the message across agents' });
    assert.deepEqual(await lanes.locator('text.agent').allTextContents(), ['msa', 'mda']);
    const rows = page.getByRole('region', { name: 'Steps' }).locator('tbody tr');
    assert.equal(await rows.count(), 3);
    assert.match((await rows.allTextContents()).join('|'), /msa accept[\s\S]*delivered/);
    // What came from the network is text.
    assert.ok((await page.locator('main').textContent())?.includes(evil));
  });

  test('the overview lists the message, and a second one without a reload', async () => {
    await page.getByRole('link', { name: 'Overview' }).click();
    await page.getByRole('link', { name: queueId }).waitFor();
    const second = newQueueId();
    h.record({
      agent: 'msa',
      step: 'accepted',
      queueId: second,
      sender: 'carol@example.test',
      recipients: ['bob@example.test', 'x@y.test'],
    });
    await page.getByRole('link', { name: second }).waitFor();
    await page.getByRole('link', { name: 'Queue', exact: true }).first().click();
    await page.getByRole('heading', { name: 'Queue' }).waitFor();
  });

  test('every page fits 320 px, and everything is reached by keyboard with a visible focus', async () => {
    await page.setViewportSize({ width: 320, height: 640 });
    for (const path of ['/', '/queue', `/messages/${queueId}`, '/messages?q=nobody%40x.test']) {
      await page.goto(h.url + path);
      assert.equal(await page.evaluate('document.documentElement.scrollWidth'), 320, path);
    }
    await page.goto(h.url);
    const reached: unknown[] = [];
    for (let i = 0; i < 8; i++) {
      await page.keyboard.press('Tab');
      reached.push(
        await page.evaluate('document.activeElement.textContent.trim().slice(0, 20) || document.activeElement.name'),
      );
      assert.notEqual(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle'), 'none');
    }
    for (const name of ['Skip to content', 'q', 'Trace', 'Overview', 'Queue', 'Sign out'])
      assert.ok(reached.includes(name), `${name} of ${reached.join(', ')}`);
  });

  test('a page of another port cannot act with the cookie, and signing out ends the session', async () => {
    const [cookie] = await browser.cookies();
    const asked = (origin: string) =>
      fetch(`${h.url}/api/v1/domains`, {
        method: 'POST',
        headers: { origin, cookie: `${cookie?.name}=${cookie?.value}`, 'content-type': 'application/json' },
        body: '{"name":"csrf.test"}',
      });
    assert.equal((await asked('http://127.0.0.1:1')).status, 403);
    assert.equal((await asked(h.url)).status, 201);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('Token').waitFor();
    assert.equal((await asked(h.url)).status, 401);
    assert.deepEqual(errors, []);
  });
});
