// The page of a simulation, as a file: both languages, two widths, axe, by keyboard, on paper, with no request.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { AxeBuilder } from '@axe-core/playwright';
import { launch } from '../lib/browser.mjs';
import { built } from '../lib/server.mjs';

const CHANGE = fileURLToPath(
  new URL('../../policies/demo/qingshi/dibao/changes/raise-5-percent.toml', import.meta.url),
);
const pages = {};
let browser;
let folder;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'doudi-report-'));
  for (const lang of ['zh', 'en']) {
    const args = ['policy', 'simulate', CHANGE, '--county', '--households', '6000', '--format', 'html', '--lang', lang];
    const file = join(folder, `${lang}.html`);
    writeFileSync(file, execFileSync(built(), args, { maxBuffer: 1 << 26 }));
    pages[lang] = pathToFileURL(file).href;
  }
  browser = await launch();
});
after(async () => {
  await browser?.close();
  if (folder) rmSync(folder, { recursive: true });
});

for (const lang of ['zh', 'en']) {
  for (const width of [1440, 390]) {
    test(`the report is sound at ${width} px in ${lang}`, { timeout: 120_000 }, async () => {
      const context = await browser.newContext({ viewport: { width, height: 900 } });
      const page = await context.newPage();
      const asked = [];
      page.on('request', (request) => asked.push(request.url()));
      await page.goto(pages[lang]);
      assert.deepEqual(asked.filter((url) => !url.startsWith('data:')), [pages[lang]], 'nothing is asked of anybody');
      const { violations } = await new AxeBuilder({ page })
        .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])
        .analyze();
      const found = violations.map((v) => `${v.id} ${v.help}: ${v.nodes.slice(0, 3).map((n) => n.html.slice(0, 160))}`);
      assert.deepEqual(found, []);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      assert.ok(wide <= 1, `${wide} px wider than the window`);
      const cut = await page.locator('.fig .val').evaluateAll((all) => all.filter((x) => x.scrollWidth > x.clientWidth + 1).length);
      assert.equal(cut, 0, 'every figure fits its place');
      await context.close();
    });
  }
}

test('the report is read by keyboard and printed whole', { timeout: 120_000 }, async () => {
  const context = await browser.newContext({ viewport: { width: 390, height: 900 }, javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(pages.zh);
  await page.keyboard.press('Tab');
  assert.equal(await page.locator('a.skip:focus').count(), 1, 'the first stop leads to the content');
  let scrolled = false;
  for (let i = 0; i < 12 && !scrolled; i += 1) {
    await page.keyboard.press('Tab');
    const wide = page.locator('.scroll:focus');
    if (await wide.count()) {
      await page.keyboard.press('ArrowRight');
      await page.waitForTimeout(200);
      scrolled = (await wide.evaluate((x) => x.scrollLeft)) > 0;
    }
  }
  assert.ok(scrolled, 'a wide table scrolls by arrow key');
  await page.emulateMedia({ media: 'print' });
  assert.equal(await page.locator('.band').isVisible(), false, 'no band on paper');
  assert.equal(await page.locator('table').first().isVisible(), true);
  assert.ok((await page.pdf({ format: 'A4' })).length > 20_000);
  await context.close();
});
