// Chromium as Debian packages it, and the people of the demo.
import { chromium } from 'playwright-core';

export const launch = () =>
  chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] });

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
