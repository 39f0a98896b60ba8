import { mkdirSync } from 'node:fs';
import type { Browser } from 'playwright-core';
import { launchChromium } from '../support/chromium';
import { has, needs } from '../support/needs';
import { TestApp } from '../support/test-app';

const test = needs('chromium');

let app: TestApp;
let browser: Browser;
beforeAll(async () => {
  if (!has('chromium')) return;
  mkdirSync('artifacts', { recursive: true });
  [app, browser] = await Promise.all([TestApp.start(), launchChromium()]);
});
afterAll(async () => {
  if (!has('chromium')) return;
  await browser.close();
  await app.stop();
});

const SCREENS = [
  { width: 390, height: 844 },
  { width: 1280, height: 800 },
];

for (const { width, height } of SCREENS)
  for (const colorScheme of ['light', 'dark'] as const)
    test(`start page and documents fit a window of ${width} pixels in ${colorScheme}`, async () => {
      const context = await browser.newContext({ viewport: { width, height }, colorScheme });
      const page = await context.newPage();
      const complaints: string[] = [];
      page.on('console', (message) => complaints.push(message.text()));
      page.on('request', (request) => {
        if (!request.url().startsWith(app.url) && !request.url().startsWith('data:')) complaints.push(request.url());
      });
      const overflow = () => page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');

      await page.goto(app.url);
      await page.getByText('Ready', { exact: true }).waitFor();
      expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe(
        colorScheme === 'dark' ? 'rgb(13, 20, 19)' : 'rgb(246, 248, 247)',
      );
      expect(await overflow()).toBe(0);
      await page.screenshot({ path: `artifacts/start-${width}-${colorScheme}.png`, fullPage: true });

      await page.getByRole('link', { name: 'Callers: keys, tokens and roles' }).click();
      await page.waitForURL('**/docs/callers.md');
      expect(await overflow()).toBe(0);
      await page.screenshot({ path: `artifacts/document-${width}-${colorScheme}.png` });
      await page.getByRole('link', { name: 'Device gateway' }).click();
      await page.getByRole('link', { name: 'Open the explorer' }).waitFor();
      expect(complaints).toEqual([]);
      await context.close();
    });
