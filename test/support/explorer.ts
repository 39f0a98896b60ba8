import type { Browser, Locator, Page } from 'playwright-core';
import { complaintsOf } from './complaints';
import { eventually } from './eventually';
import { readExamples } from './tour';

/** Names of the explorer's examples, in order. The name of an example is the title of its tab. */
export const EXAMPLE_NAMES = readExamples().map(({ name }) => name);

/** Shorter than jest's timeout. */
const GIVE_UP_MS = 100_000;

/** The explorer page in a real browser, used like a person does. Records what the page must not do. */
export class Explorer {
  readonly complaints: readonly string[];
  /** Number of open WebSockets of the page: one for each running subscription. */
  openSockets = 0;

  private constructor(
    readonly page: Page,
    origin: string,
  ) {
    this.complaints = complaintsOf(page, origin);
    page.on('websocket', (socket) => {
      this.openSockets += 1;
      socket.on('close', () => (this.openSockets -= 1));
    });
  }

  /**
   * Opens the page at `url` in a new profile and waits until it is ready.
   *
   * @param stored  local storage from earlier visits
   */
  static async open(
    browser: Browser,
    url: string,
    stored: Readonly<Record<string, string>> = {},
    viewport = { width: 1440, height: 900 },
  ): Promise<Explorer> {
    const { origin } = new URL(url);
    const localStorage = Object.entries(stored).map(([name, value]) => ({ name, value }));
    const context = await browser.newContext({
      viewport,
      colorScheme: 'light',
      storageState: { cookies: [], origins: [{ origin, localStorage }] },
    });
    context.setDefaultTimeout(GIVE_UP_MS);
    const explorer = new Explorer(await context.newPage(), origin);
    await explorer.page.goto(url);
    await explorer.ready();
    return explorer;
  }

  async reload(): Promise<void> {
    await this.page.reload();
    await this.ready();
  }

  async tabTitles(): Promise<string[]> {
    return this.tabs.allInnerTexts();
  }

  /** Names of the listed examples, by the title of their group. */
  async examples(): Promise<Record<string, string[]>> {
    return this.page.evaluate(`Object.fromEntries([...document.querySelectorAll('#examples h2')].map((heading) =>
      [heading.textContent, [...heading.nextElementSibling.querySelectorAll('button')].map(({ dataset }) => dataset.name)]))`);
  }

  /** Clicks an example in the list and waits for its tab. */
  async openExample(name: string): Promise<void> {
    await this.page.locator(`#examples [data-name="${name}"]`).click();
    await this.page.locator('.graphiql-tab-active').getByText(name, { exact: true }).waitFor();
    await this.page.locator(`#examples [data-name="${name}"][aria-current]`).waitFor({ state: 'attached' });
  }

  async openTab(title: string): Promise<void> {
    const titles = await this.tabTitles();
    if (!titles.includes(title)) throw new Error(`There is no tab ${title} among ${titles.join(', ')}`);
    const tab = this.tabs.nth(titles.indexOf(title));
    // GraphiQL ignores a click that also moves the focus out of an edited editor.
    await eventually(async () => {
      if ((await tab.getAttribute('aria-selected')) === 'true') return true;
      await tab.getByRole('button').first().click();
      return false;
    }, `the tab ${title}`);
  }

  /** Runs the document of the open tab, or one of its operations by name. */
  async run(operation?: string): Promise<void> {
    // With several operations the button opens a menu. It knows them shortly after the tab opens.
    const button = this.page.getByRole('button', { name: /^Execute query/ });
    await button.and(this.page.locator(operation ? '[aria-haspopup=menu]' : ':not([aria-haspopup])')).click();
    if (operation) await this.page.getByRole('menuitem', { name: operation, exact: true }).click();
  }

  /** Ends a subscription. */
  async stop(): Promise<void> {
    await this.page.getByRole('button', { name: /^Stop query/ }).click();
  }

  /** Waits until the visible part of the response contains this text. The editor renders only that part. */
  async showsResponse(text: string | RegExp): Promise<void> {
    await this.page.locator('.result-window .view-lines').getByText(text).first().waitFor();
  }

  /** Content of the headers editor. */
  async headers(): Promise<string> {
    const text = await this.headersEditor.locator('.view-lines').innerText();
    return text.replaceAll('\u00a0', ' '); // Monaco renders spaces as no-break spaces
  }

  async setHeaders(json: string): Promise<void> {
    await this.page.getByRole('button', { name: 'Headers', exact: true }).click();
    await this.headersEditor.locator('.view-lines').click();
    await this.page.keyboard.press('ControlOrMeta+A');
    await this.page.keyboard.press('Delete');
    await this.page.keyboard.insertText(json);
    await this.page.keyboard.press('ControlOrMeta+Shift+End'); // the bracket that the editor closed automatically
    await this.page.keyboard.press('Delete');
  }

  /** Waits until the page has stored this text for the next visit, half a second after a change. */
  async untilStored(text: string): Promise<void> {
    await eventually(
      async () => JSON.stringify(await this.page.context().storageState()).includes(text),
      `${text} in the browser's storage`,
    );
  }

  async screenshot(path: string): Promise<void> {
    await this.page.screenshot({ path });
  }

  /** A screenshot in the size of the one in docs. */
  async picture(path: string): Promise<void> {
    const size = this.page.viewportSize()!;
    await this.page.setViewportSize({ width: 1320, height: 800 });
    await this.page.waitForTimeout(500); // for the layout of the editors
    await this.screenshot(path);
    await this.page.setViewportSize(size);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.page.context().close();
  }

  private get tabs(): Locator {
    return this.page.locator('.graphiql-tab');
  }

  private get headersEditor(): Locator {
    return this.page.locator('.graphiql-editor-tool .graphiql-editor:not(.hidden)');
  }

  private async ready(): Promise<void> {
    await this.page.getByRole('button', { name: /^Execute query/ }).waitFor();
  }
}
