// 金丝雀: 200 people of the county, each with a number of their own. After people of every post have worked with real
// browsers, and a department has sent a file, no form of any number stands in a file that the program or the browser has left: database, log, deliveries,
// snapshots, export of the audit log, backup, temporary files, the browser's profile.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import { after, before, test } from 'node:test';
import { become, persistent } from '../lib/browser.mjs';
import { forms, hits, searcher } from '../lib/canary.mjs';
import { built, startDemo } from '../lib/server.mjs';

const PEOPLE = ['柳青禾', '柳长青', '竹明远', '金满秋', '云知章'];
/** A whole number; a token of a form is made of digits and letters and may hold as many digits in a row. */
const WHOLE = /(?<![0-9a-f])\d{17}[\dX](?![0-9a-f])/;
let root;
let server;
let numbers;
let search;
let context;

before(async () => {
  root = mkdtempSync(join(tmpdir(), 'doudi-canary-'));
  for (const name of ['temp', 'profile', 'audit', 'pages']) mkdirSync(join(root, name));
  server = await startDemo(['--households', '1000', '--dir', join(root, 'county')], {
    ...process.env,
    TMPDIR: join(root, 'temp'),
  });
  const register = readFileSync(join(root, 'county', 'county', 'register', 'hukou.csv'), 'utf8');
  const all = register.split('\n').slice(1).map((line) => line.split(',')).filter((row) => /^\d{17}[\dX]$/.test(row[1]));
  // Those who are spoken of most come first: the families that receive help.
  const helped = readFileSync(join(root, 'county', 'county', 'register', 'awards.csv'), 'utf8');
  const first = all.filter((row) => helped.includes(row[1]));
  numbers = [...new Set([...first, ...all].map((row) => row[1]))].slice(0, 200);
  assert.equal(numbers.length, 200);
  search = searcher(numbers);
});
after(async () => {
  await context?.close();
  await server?.stop();
  if (root) rmSync(root, { recursive: true, force: true });
});

test('the search finds every form that it knows', () => {
  const folder = join(root, 'pages');
  for (const [form, text] of Object.entries(forms(numbers[7]))) {
    const path = join(folder, 'planted');
    writeFileSync(path, Buffer.from(`x${text}y`, 'latin1'));
    assert.equal(hits([folder], search).length, 1, form);
    rmSync(path);
  }
  assert.deepEqual(hits([folder], search), []);
});

/** A department sends every number, also where none belongs: it is told nothing of them, and the file waits sealed. */
async function deliver(base, database, data) {
  const run = (...args) => execFileSync(built(), args).toString();
  const until = new Date(Date.now() + 90 * 86_400_000).toISOString().slice(0, 10);
  const made = run('service', '--database', database, 'add', 'canary', '--scope', 'deliver', '--division', '990121', '--until', until);
  const [token] = made.match(/doudi_[0-9a-f]{64}/);
  const send = (path, key) =>
    fetch(`${base}/api/v1/${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'text/csv', 'idempotency-key': key },
      body: numbers.join('\n'),
    });
  const answers = [
    await send('feeds/disability/deliveries?period=2024-05', numbers[0]),
    await send(`feeds/${numbers[1]}/deliveries?period=2024-05`, numbers[1]),
    await send(`feeds/disability/deliveries?period=${numbers[2]}`, numbers[2]),
    await send(`feeds/disability/deliveries?period=2024-05&division=${numbers[3]}`, numbers[3]),
  ];
  assert.deepEqual(answers.map((a) => a.status), [201, 404, 400, 400]);
  for (const answer of answers) assert.equal(search(Buffer.from(await answer.text(), 'utf8')), undefined, answer.url);
  const rejected = run('import', 'inbox', '1', '--reject', 'unreadable', '--database', database, '--data', data);
  assert.equal(search(Buffer.from(made + rejected, 'utf8')), undefined, 'what the operator is shown');
  await send('feeds/disability/deliveries?period=2024-04', numbers[4]);
}

/** Opens what a page links to, each address once. */
async function walk(page, base, seen, most) {
  const start = await page.locator('a[href^="/"]').evaluateAll((all) => all.map((a) => a.getAttribute('href')));
  const queue = [...start];
  while (queue.length > 0 && seen.size < most) {
    const path = queue.shift().split('#')[0];
    if (!path || seen.has(path) || path.includes('lang=') || path.startsWith('/assets/')) continue;
    seen.add(path);
    const answer = await page.goto(base + path, { waitUntil: 'commit' }).catch(() => undefined);
    if (!answer?.headers()['content-type']?.startsWith('text/html')) continue;
    queue.push(...await page.locator('a[href^="/"]').evaluateAll((all) => all.map((a) => a.getAttribute('href'))));
  }
}

test('nothing that is left behind holds a number', { timeout: 600_000 }, async () => {
  const { base } = server;
  context = await persistent(join(root, 'profile'));
  const page = context.pages()[0] ?? await context.newPage();
  let opened = 0;
  for (const name of PEOPLE) {
    await become(page, base, name);
    const seen = new Set();
    await walk(page, base, seen, 60);
    opened += seen.size;
    assert.equal((await page.content()).match(WHOLE)?.[0], undefined, `${name}: ${page.url()}`);
  }
  assert.ok(opened > 100, `${opened} pages`);

  // A clerk searches by number, sees it in full for a purpose and prints the copy: the strongest that a page may do.
  await become(page, base, '柳青禾');
  await page.goto(`${base}/households`);
  const own = await page.locator('table a.lead').first().getAttribute('href');
  await page.goto(`${base}${own}/record`);
  for (const box of await page.locator('input[name=field]').all()) await box.check({ force: true });
  await Promise.all([page.waitForURL('**/reveal/**'), page.locator('button[formaction]').first().click()]);
  const shown = (await page.content()).match(WHOLE)?.[0];
  assert.ok(shown, 'the number in full');
  assert.equal(page.url().includes(shown), false);
  numbers.push(shown);
  search = searcher(numbers);
  await page.goto(`${base}/households`);
  await page.locator('#hq').fill(shown);
  await Promise.all([page.waitForURL('**/search'), page.locator('#hq').press('Enter')]);
  assert.equal(page.url(), `${base}/search`, 'no number in an address');
  assert.equal(await page.locator('table a.lead').count(), 1, 'found by number');
  await page.goto(`${base}${own}/record`);
  await Promise.all([page.waitForURL('**/record/copy'), page.locator('button[name=format][value=page]').click()]);
  assert.ok((await page.content()).includes(shown), 'the copy is complete');
  await context.close();
  await deliver(base, `sqlite://${join(root, 'county', 'doudi.db')}`, join(root, 'county', 'data'));

  execFileSync(built(), ['audit', 'export', '--database', `sqlite://${join(root, 'county', 'doudi.db')}`, join(root, 'audit')]);
  const backups = join(root, 'backup');
  mkdirSync(backups);
  execFileSync(built(), ['backup', 'key', '--holders', '2', '--threshold', '2', '--to', join(backups, 'recovery.json')]);
  execFileSync(built(), ['backup', '--database', `sqlite://${join(root, 'county', 'doudi.db')}`, '--data', join(root, 'county', 'data'),
    '--to', join(backups, 'county.doudi'), '--recovery', join(backups, 'recovery.json')]);
  // What the fictional departments hand over is what the county receives, not what it leaves.
  const received = join(root, 'county', 'county') + sep;
  const skip = (path) => path.startsWith(received);
  assert.deepEqual(hits([root], search, skip), [], 'while it runs, with the log of the database');
  await server.stop();
  assert.deepEqual(hits([root], search, skip), [], 'after it has ended');
  assert.equal(search(Buffer.from(server.said(), 'utf8')), undefined, 'what it has printed');
});
