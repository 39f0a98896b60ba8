import { mkdirSync } from 'node:fs';
import type { Browser, Locator, Page } from 'playwright-core';
import { launchChromium } from '../support/chromium';
import { complaintsOf } from '../support/complaints';
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
  { width: 1320, height: 800 },
];

let isRecorded = false;

/** Opens an operation, and sends the request that it suggests. */
async function execute(
  page: Page,
  operationId: string,
): Promise<{ operation: Locator; answer: Locator; status: string }> {
  const operation = page.locator(`.opblock[id$="-${operationId}"]`);
  await operation.locator('.opblock-summary-control').click();
  await operation.getByRole('button', { name: 'Execute' }).click();
  const answer = operation.locator('.live-responses-table');
  const status = await answer.locator('tbody .response-col_status').first().innerText();
  return { operation, answer, status };
}

for (const { width, height } of SCREENS)
  for (const colorScheme of ['light', 'dark'] as const)
    test(`a visitor runs the examples in a window of ${width} pixels in ${colorScheme}`, async () => {
      const context = await browser.newContext({ viewport: { width, height }, colorScheme });
      const page = await context.newPage();
      const complaints = complaintsOf(page, app.url);
      const overflow = () => page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
      const name = (part: string) => `artifacts/reference-${part}-${width}-${colorScheme}.png`;

      await page.goto(app.url);
      await page.getByRole('link', { name: 'REST reference' }).click();
      await page.getByText('Get a device').waitFor();
      expect(await overflow()).toBe(0);
      await page.screenshot({ path: name('all'), fullPage: true });

      // With the examples of the document.
      const getDevice = await execute(page, 'getDevice');
      expect(getDevice.status).toMatch(/^200/);
      await getDevice.answer.getByText('ABC123').waitFor();
      const recordReading = await execute(page, 'recordBloodPressureReading');
      expect(recordReading.status).toMatch(isRecorded ? /^200/ : /^201/);
      isRecorded = true;
      const withExample = recordReading.operation.locator(
        '.response:has(.model-example:visible) > .response-col_status',
      );
      const shown = (await withExample.allInnerTexts()).map((text) => text.slice(0, 3));
      expect(shown).toEqual(['201', '404', '409', '422']);
      expect(await overflow()).toBe(0);
      await page.screenshot({ path: name('operation'), fullPage: true });
      expect(complaints).toEqual([]);
      await context.close();
    });
