// 统一登录: a real OpenID provider on the loopback address stands for the password; the second factor stays ours.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { launch } from '../lib/browser.mjs';
import { startProvider } from '../lib/provider.mjs';
import { built } from '../lib/server.mjs';

const SECRET = 'a secret of doudi with the provider';
const OWN = '石桥镇的早晨 七点还有大雾';
let folder;
let database;
let provider;
let child;
let browser;
let base;
let recovery;

const doudi = (...args) => execFileSync(built(), args, { encoding: 'utf8' });

const freePort = () => new Promise((resolve) => {
  const probe = createServer().listen(0, '127.0.0.1', () => {
    const { port } = probe.address();
    probe.close(() => resolve(port));
  });
});

/** RFC 6238 with HMAC-SHA-1, six digits, 30 seconds. */
function totp(base32) {
  const bits = [...base32].map((c) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from(bits.match(/.{8}/g).map((b) => parseInt(b, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
  const mac = createHmac('sha1', key).update(step).digest();
  const at = mac[19] & 15;
  return String((mac.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'doudi-oidc-'));
  database = `sqlite://${join(folder, 'county', 'doudi.db')}`;
  doudi('demo', '--no-serve', '--households', '500', '--dir', join(folder, 'county'));
  const port = await freePort();
  base = `http://127.0.0.1:${port}`;
  provider = await startProvider({ client: 'doudi', secret: SECRET, back: `${base}/login/oidc/back` });
  writeFileSync(join(folder, 'secret'), `${SECRET}\n`);
  child = spawn(built(), ['serve', '--database', database, '--port', String(port), '--oidc-issuer', provider.issuer,
    '--oidc-client', 'doudi', '--oidc-secret-file', join(folder, 'secret'), '--site', base], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const out of [child.stdout, child.stderr]) out.on('data', (chunk) => { said += chunk; });
  for (let i = 0; i < 300; i += 1) {
    try {
      await fetch(base);
      break;
    } catch {
      assert.ok(i < 299, `no answer: ${said}`);
      await new Promise((r) => setTimeout(r, 100));
    }
  }
  browser = await launch();
});
after(async () => {
  await browser?.close();
  child?.kill('SIGINT');
  provider?.stop();
  if (folder) rmSync(folder, { recursive: true, force: true });
});

const fresh = async () => (await browser.newContext({ locale: 'zh-CN', javaScriptEnabled: false })).newPage();

/** To the provider, through its two forms, and back. */
async function through(page, subject) {
  await page.goto(`${base}/login`);
  await page.getByRole('link', { name: /统一登录/ }).click();
  // Whoever is known to the provider already comes back at once.
  if (!page.url().startsWith(provider.issuer)) return;
  await page.locator('input[name=login]').fill(subject);
  await page.locator('input[name=password]').fill('whatever the office demands');
  await page.locator('button[type=submit]').first().click();
  await page.waitForLoadState();
  if (page.url().startsWith(provider.issuer)) {
    await page.locator('button[type=submit]').first().click();
    await page.waitForLoadState();
  }
}

test('an account is opened and linked', { timeout: 300_000 }, async () => {
  const said = doudi('staff', 'add', 'lin', '--staff', '1', '--database', database);
  const first = said.match(/第一次用的口令: (\S+)/)[1];
  const page = await fresh();
  await page.goto(`${base}/login`);
  await page.locator('#name').fill('lin');
  await page.locator('#password').fill(first);
  await page.locator('form[action="/login"] button').click();
  const link = await page.locator('a[href^="otpauth:"]').getAttribute('href');
  await page.locator('#new').fill(OWN);
  await page.locator('#again').fill(OWN);
  await page.locator('#code').fill(totp(link.match(/secret=([A-Z2-7]+)/)[1]));
  await page.locator('form[action="/login/first"] button').click();
  recovery = await page.locator('code.secret').allInnerTexts();
  assert.equal(recovery.length, 10);
  assert.match(doudi('staff', 'link', 'lin', '--issuer', provider.issuer, '--subject', 'lin-at-county', '--database', database), /已关联/);
});

test('the provider alone opens nothing, with the second factor it does', { timeout: 300_000 }, async () => {
  const page = await fresh();
  await page.goto(`${base}/login`);
  await page.getByRole('link', { name: /统一登录/ }).click();
  assert.ok(page.url().startsWith(provider.issuer), page.url());
  await through(page, 'lin-at-county');
  assert.equal(page.url(), `${base}/login/oidc/code`, 'the code of the provider has left the address');
  assert.equal((await page.goto(`${base}/account`)).url().startsWith(`${base}/?next=`), true, 'not in yet');
  await page.goto(`${base}/login/oidc/code`);
  await page.locator('#code').fill('000000');
  await page.locator('form[action="/login/oidc/code"] button').click();
  assert.match(await page.content(), /没有登录成功/);
  // A wrong code begins anew.
  await through(page, 'lin-at-county');
  await page.locator('#code').fill(recovery[0]);
  await page.locator('form[action="/login/oidc/code"] button').click();
  assert.equal(page.url(), `${base}/workbench`);
  await page.goto(`${base}/account`);
  assert.match(await page.content(), /lin/);
});

test('whom nobody has linked, and who was not sent there, stays out', { timeout: 300_000 }, async () => {
  const stranger = await fresh();
  await through(stranger, 'somebody-else');
  assert.match(await stranger.content(), /没有登录成功/);
  const thief = await fresh();
  const answer = await thief.goto(`${base}/login/oidc/back?state=guessed&code=stolen`);
  assert.equal(answer.status(), 401);
  assert.match(await thief.content(), /没有登录成功/);
  doudi('staff', 'link', 'lin', '--database', database);
  const unlinked = await fresh();
  await through(unlinked, 'lin-at-county');
  assert.match(await unlinked.content(), /没有登录成功/);
});
