// One family from the lead to the sealed roster, without JavaScript; then every page under axe, at two widths and in
// two languages.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { AxeBuilder } from '@axe-core/playwright';
import { become, launch, nextStep } from '../lib/browser.mjs';
import { startServer } from '../lib/server.mjs';

let server;
let browser;
const seen = {};

before(async () => {
  [server, browser] = await Promise.all([startServer(), launch()]);
});
after(async () => {
  await browser?.close();
  server?.stop();
});

const submit = async (page, button) => {
  await button.click();
  await page.waitForLoadState();
};

/** Fills what is open: the father earns 1,200 yuan by casual work and 3,600 a year from the land, else nothing. */
async function visitHome(page) {
  await page.locator('input[name="met"][value="yes"]').check({ force: true });
  for (const part of await page.locator('form section.card').all()) {
    const who = (await part.locator('h2').first().innerText()).trim();
    for (const box of await part.locator('input[name^="none."]').all()) await box.check({ force: true });
    for (const name of new Set(await part.locator('input[type=radio]').evaluateAll((all) => all.map((x) => x.name)))) {
      const away = who === '石立夏';
      const value = name.endsWith('.members') || name.endsWith('.obligors') ? 'no'
        : name.endsWith('.co_resident') ? String(!away)
          : name.endsWith('.independent') ? 'true'
            : null;
      if (value) await part.locator(`input[name="${name}"][value="${value}"]`).check({ force: true });
    }
    if (who === '石望山') await part.locator('input[name^="q."][name$=".casual_income"]').fill('1200');
    const farm = part.locator('input[name="q.h.farm_income"]');
    if (await farm.count()) await farm.fill('3600');
  }
  await page.locator('input[name="with"]').first().check({ force: true });
  await page.locator('#signed').fill('石望山');
  await page.locator('#note').fill('家里只有户主打零工，老人走路要人扶。');
}

test('a family goes from the lead to a sealed roster, without JavaScript', { timeout: 300_000 }, async () => {
  const context = await browser.newContext({ javaScriptEnabled: false, viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  const { base } = server;

  await nextStep(page, base);
  assert.match(page.url(), /\/leads\/\d+/);
  seen.lead = new URL(page.url()).pathname;
  await page.getByLabel(/柳长青/).check();
  await submit(page, page.getByRole('button', { name: '派单走访' }));
  assert.match(page.url(), /\/cases\/\d+/);
  seen.case = new URL(page.url()).pathname;

  await nextStep(page, base);
  assert.match(page.url(), /\/visit\/\d+/);
  seen.visit = new URL(page.url()).pathname;
  const told = await page.locator('main').innerText();
  assert.ok(!/31[ ,]?480|医保|残联|低保/.test(told), 'the visitor sees no value and no source');
  await visitHome(page);
  await submit(page, page.getByRole('button', { name: '登记这次走访' }));
  assert.match(await page.locator('.flash').innerText(), /走访已登记/);

  const step = async (action, fill = async () => {}) => {
    await nextStep(page, base);
    assert.ok(page.url().includes(seen.case), `${action}: ${page.url()}`);
    const form = page.locator(`#act-${action}`);
    await fill(form);
    await submit(page, form.locator('button.btn'));
    assert.match(page.url(), /done=acted/, `${action}: ${await page.locator('main').innerText()}`);
  };
  await step('accept');
  await step('request_check');
  await step('record_check');
  await step('propose_approve', (f) => f.locator('textarea[name="text"]').fill('因病致困，走访与核对一致，建议纳入低保。'));
  await step('start_publicity');

  await nextStep(page, base);
  assert.match(await page.locator('.flash').innerText(), /演示日期/);
  await step('submit');
  await step('confirm', async (f) => {
    for (const box of await f.locator('input[name="seen"]').all()) await box.check();
    await f.locator('textarea[name="reason"]').fill('县级核对与镇级意见一致，同意纳入低保。');
  });
  seen.household = new URL(await page.locator('a[href^="/households/"]').first().getAttribute('href'), base).pathname;

  await nextStep(page, base);
  assert.match(page.url(), /\/rosters/);
  await page.locator('select[name="programme"]').selectOption('dibao');
  await submit(page, page.getByRole('button', { name: '生成名册' }));
  assert.match(page.url(), /\/rosters\/\d+/, await page.locator('main').innerText());
  seen.roster = new URL(page.url()).pathname;
  assert.match(await page.locator('.note, .seal').last().innerText(), /./);

  await nextStep(page, base);
  await submit(page, page.getByRole('button', { name: '复核无误，封存' }));
  assert.match(await page.locator('.flash').innerText(), /名册已封存/);

  await page.goto(base + seen.household);
  assert.equal(page.url().includes('/households/'), true);

  // The family says that something is wrong: the entry stays in sight, and its question can be answered.
  await become(page, base, '柳青禾');
  await page.goto(base + seen.household + '/record');
  const dispute = page.locator('#dispute');
  await dispute.locator('select[name="fact"]').selectOption({ index: 1 });
  await dispute.locator('[name="said"]').fill('不是这样，请核实。');
  await submit(page, dispute.locator('button.btn'));
  assert.match(page.url(), /done=disputed/, await page.locator('main').innerText());
  await page.goto(base + '/queries');
  seen.query = await page.locator('main a[href^="/queries/"]').first().getAttribute('href');
  await context.close();
});

const PAGES = () => [
  [null, '/'],
  [null, '/policies'],
  [null, '/coverage'],
  ['柳青禾', '/workbench'],
  ['柳青禾', '/leads'],
  ['柳青禾', '/leads?kind=missed'],
  ['柳青禾', seen.lead],
  ['柳青禾', '/households'],
  ['柳青禾', seen.household + '/record'],
  ['柳青禾', '/queries'],
  ['柳青禾', seen.query],
  ['柳青禾', '/retention'],
  ['柳青禾', seen.household],
  ['柳青禾', seen.household?.replace('households', 'explain') + '/dibao'],
  ['柳青禾', '/cases'],
  ['柳青禾', seen.case],
  ['柳青禾', seen.visit],
  ['柳青禾', '/no/such/page'],
  ['柳长青', '/workbench'],
  ['柳长青', '/leads'],
  ['竹明远', seen.case],
  ['云知章', '/audit'],
  ['金满秋', '/rosters'],
  ['金满秋', seen.roster],
  ['松知微', '/accounts'],
  ['松知微', '/accounts/new'],
  ['松知微', '/accounts/1'],
  ['松知微', '/accounts/12'],
  ['岩守常', '/account-changes'],
];

for (const lang of ['zh', 'en']) {
  for (const width of [1440, 390]) {
    test(`axe finds nothing at ${width} px in ${lang}`, { timeout: 600_000 }, async () => {
      const context = await browser.newContext({ bypassCSP: true, viewport: { width, height: 900 } });
      const page = await context.newPage();
      await page.goto(`${server.base}/?lang=${lang}`);
      const names = { zh: {}, en: { 柳青禾: 'Liu Qinghe', 柳长青: 'Liu Changqing', 竹明远: 'Zhu Mingyuan', 金满秋: 'Jin Manqiu', 云知章: 'Yun Zhizhang', 松知微: 'Song Zhiwei', 岩守常: 'Yan Shouchang' } };
      const found = [];
      let role = null;
      for (const [who, path] of PAGES()) {
        if (!path || path.startsWith('undefined')) continue;
        if (who && who !== role) await become(page, server.base, names[lang][who] ?? who);
        role = who ?? role;
        await page.goto(server.base + path);
        const { violations } = await new AxeBuilder({ page })
          .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])
          .analyze();
        for (const v of violations) {
          found.push(`${path}: ${v.id} ${v.help}\n    ${v.nodes.slice(0, 3).map((n) => n.html.slice(0, 160)).join('\n    ')}`);
        }
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        if (wide > 1) found.push(`${path}: ${wide} px wider than the window`);
      }
      await context.close();
      assert.deepEqual(found, []);
    });
  }
}
