import { mkdtempSync, readFileSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { createTransport } from 'nodemailer';
const accounts = JSON.parse(readFileSync('/tmp/mua/home/accounts.json', 'utf8'));
const [alice, bob] = accounts;
const seed = process.argv.includes('seed');
const t = createTransport({
  host: '127.0.0.1',
  port: 24587,
  requireTLS: true,
  auth: { user: bob.address, pass: bob.password },
  tls: { rejectUnauthorized: false },
});
if (seed) {
  const people = ['Bob Ferris', 'Bob at work', 'Böb Ünïcode', 'Bob'];
  const subjects = [
    'Lunch on Thursday?',
    'Draft of the spring schedule',
    'Invoice 2026-114',
    'Re: the roof',
    'Photos from the lake',
    'Minutes of the meeting',
    'A rather long subject line that will not fit into the list and has to be cut somewhere',
  ];
  for (const [i, subject] of subjects.entries())
    await t.sendMail({
      from: { name: people[i % 4], address: bob.address },
      to: alice.address,
      cc: i === 1 ? bob.address : undefined,
      subject,
      text: 'Hello Alice,\n\nthe schedule is attached; see https://example.org/schedule for the rest.\n\n> Could you send it?\n> > When?\n> Soon.\n\nBob\n',
      attachments:
        i === 1
          ? [
              { filename: 'schedule.pdf', content: Buffer.alloc(40000) },
              { filename: 'lake.png', content: Buffer.alloc(9000) },
            ]
          : [],
    });
  await t.sendMail({
    from: { name: 'Newsletter', address: bob.address },
    to: alice.address,
    subject: 'The week in mail',
    html: '<style>h1{color:#285}</style><h1>The week in mail</h1><p>Hello <b>Alice</b>, <a href="https://example.org">read on</a>.</p><img src="http://127.0.0.1:9/x.png" alt="logo"><table width="600" border="1"><tr><td>One</td><td>Two</td></tr></table><script>alert(1)</script>',
  });
}
t.close();
const browser = await chromium.launchPersistentContext(mkdtempSync('/tmp/mua/ud-'), {
  executablePath: '/usr/bin/chromium',
  headless: true,
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
  viewport: { width: 1400, height: 880 },
});
const page = browser.pages()[0] ?? (await browser.newPage());
page.on('console', (m) => console.log('console', m.type(), m.text()));
page.on('pageerror', (e) => console.log('pageerror', e.message));
const shot = (n: string) => page.screenshot({ path: `/tmp/mua/${n}.png` });
await page.goto('http://127.0.0.1:24080/');
await page.getByLabel('E-mail address').fill(alice.address);
await shot('1-signin');
await page.getByLabel('Password').fill('wrong');
await page.getByRole('button', { name: 'Sign in' }).click();
await page.getByText('wrong.').waitFor();
await page.getByLabel('Password').fill(alice.password);
await page.getByRole('button', { name: 'Sign in' }).click();
await page.locator('a.row').first().waitFor();
await page.waitForTimeout(500);
await shot('2-inbox');
await page.locator('a.row', { hasText: 'spring schedule' }).click();
await page.locator('.text-body').waitFor();
await page.waitForTimeout(400);
await shot('3-message');
await page.keyboard.press('a');
await page.locator('.compose').waitFor();
await page.waitForTimeout(300);
await shot('4-compose');
await page.keyboard.press('Escape');
await page.waitForTimeout(500);
await page.locator('a.row', { hasText: 'The week in mail' }).click();
await page.locator('iframe').waitFor();
await page.waitForTimeout(700);
await shot('5-html');
await page.emulateMedia({ colorScheme: 'dark' });
await shot('6-dark-html');
await page.locator('a.row', { hasText: 'spring schedule' }).click();
await page.waitForTimeout(400);
await page.keyboard.press('r');
await page.waitForTimeout(400);
await shot('7-dark-compose');
await page.setViewportSize({ width: 360, height: 740 });
await shot('8-phone-compose');
await page.keyboard.press('Escape');
await page.waitForTimeout(400);
await shot('9-phone-message');
await page.emulateMedia({ colorScheme: 'light' });
await page.getByLabel('Back to the list').click();
await page.waitForTimeout(300);
await shot('10-phone-list');
await page.getByLabel('Folders', { exact: true }).first().click();
await page.waitForTimeout(400);
await shot('11-phone-menu');
await browser.close();
