// Screenshots of every page at 1440 and 390 px: node shots.mjs BASE OUTDIR
import { chromium } from 'playwright-core';
import { mkdirSync } from 'node:fs';
const [base, out = 'shots'] = process.argv.slice(2);
mkdirSync(out, { recursive: true });
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
const plan = JSON.parse(process.env.PLAN ?? '[]');
const langs = (process.env.LANGS ?? 'zh').split(',');
for (const lang of langs) for (const width of [1440, 390]) {
  const context = await browser.newContext({ viewport: { width, height: 900 }, javaScriptEnabled: false });
  const page = await context.newPage();
  let role = null;
  for (const [name, who, path] of plan) {
    if (who !== role) {
      await page.goto(`${base}/?lang=${lang}`);
      if (who) await page.locator(`form:has(input[name="staff"][value="${who}"]) button.role`).click();
      role = who;
    }
    const response = await page.goto(base + path);
    console.log(lang, width, name, response.status());
    await page.screenshot({ path: `${out}/${name}-${width}${lang === 'en' ? '-en' : ''}.png`, fullPage: true });
  }
  await context.close();
}
await browser.close();
