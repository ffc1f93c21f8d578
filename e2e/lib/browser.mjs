// Chromium as Debian packages it, and the people of the demo.
import { chromium } from 'playwright-core';

const options = { executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] };

export const launch = () => chromium.launch(options);

/** A browser that keeps its profile in a folder, as on the desk of an office. */
export const persistent = (folder) => chromium.launchPersistentContext(folder, { ...options, locale: 'zh-CN' });

/** Takes the role of a seeded person by name, in the language of the browser. */
export async function become(page, base, name) {
  await page.goto(`${base}/`);
  await page.locator('button.role', { hasText: name }).click();
  await page.waitForURL(/workbench/);
}

/** Opens the next step of the guided family as whoever's turn it is. */
export async function nextStep(page, base) {
  await page.goto(`${base}/`);
  await page.locator('.turn button, .turn a.btn').first().click();
  await page.waitForLoadState();
}
