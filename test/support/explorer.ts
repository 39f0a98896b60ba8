import type { Browser, ConsoleMessage, Locator, Page, Request } from 'playwright-core';
import { eventually } from './eventually';

/** The tabs of the page on demo data, in their order. */
export const TAB_TITLES = [
  'FindDevice',
  'FindPatient',
  'AssociateDevice',
  'DecommissionDevice',
  'WatchStatus',
  'StatusBoard',
  'Readings',
  'Record',
  'Follow',
  'PlaceOrder',
  'ProcessOrder',
  'ReplaceDevice',
  'CreateWebhook',
];

/** Ends a wait that is in vain, before jest's own time-out. */
const GIVE_UP_MS = 100_000;

/** The explorer page in a real browser, driven as a person would, with a record of what it must not do. */
export class Explorer {
  /** Requests to another host, console errors (violations of the content security policy among them), exceptions. */
  readonly complaints: string[] = [];
  /** WebSockets that the page has open: one for each subscription that runs. */
  openSockets = 0;

  private constructor(
    readonly page: Page,
    origin: string,
  ) {
    page.on('request', (request: Request) => {
      const { protocol, host } = new URL(request.url());
      const local = protocol === 'blob:' || protocol === 'data:' || host === new URL(origin).host;
      if (!local) this.complaints.push(`request to another host: ${request.url()}`);
    });
    page.on('console', (message: ConsoleMessage) => {
      if (message.type() === 'error' || message.type() === 'warning') this.complaints.push(message.text());
    });
    page.on('websocket', (socket) => {
      this.openSockets += 1;
      socket.on('close', () => (this.openSockets -= 1));
    });
    page.on('pageerror', (error) => this.complaints.push(String(error)));
  }

  /**
   * Opens the page at `url` in a profile of its own and waits until it can be used.
   *
   * @param stored  what earlier visits left in the browser
   */
  static async open(browser: Browser, url: string, stored: Readonly<Record<string, string>> = {}): Promise<Explorer> {
    const { origin } = new URL(url);
    const localStorage = Object.entries(stored).map(([name, value]) => ({ name, value }));
    const context = await browser.newContext({
      viewport: { width: 1440, height: 900 },
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

  async openTab(title: string): Promise<void> {
    const titles = await this.tabTitles();
    if (!titles.includes(title)) throw new Error(`There is no tab ${title} among ${titles.join(', ')}`);
    const tab = this.tabs.nth(titles.indexOf(title));
    // A single click is not enough: GraphiQL loses one that also takes the focus from an edited editor.
    await eventually(async () => {
      if ((await tab.getAttribute('aria-selected')) === 'true') return true;
      await tab.getByRole('button').first().click();
      return false;
    }, `the tab ${title}`);
  }

  /** Runs the document of the open tab, or the named one of its operations. */
  async run(operation?: string): Promise<void> {
    // The button knows the new operations a moment after the tab was opened: it opens a menu if there are several.
    const button = this.page.getByRole('button', { name: /^Execute query/ });
    await button.and(this.page.locator(operation ? '[aria-haspopup=menu]' : ':not([aria-haspopup])')).click();
    if (operation) await this.page.getByRole('menuitem', { name: operation, exact: true }).click();
  }

  /** Ends a subscription. */
  async stop(): Promise<void> {
    await this.page.getByRole('button', { name: /^Stop query/ }).click();
  }

  /** Waits until the response shows this text. Only what is in view counts: the editor renders nothing else. */
  async showsResponse(text: string | RegExp): Promise<void> {
    await this.page.locator('.result-window .view-lines').getByText(text).first().waitFor();
  }

  /** What the headers editor shows. */
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
    await this.page.keyboard.press('ControlOrMeta+Shift+End'); // the bracket that the editor closed of itself
    await this.page.keyboard.press('Delete');
  }

  /** Waits until the page has kept this text for the next visit, which it does half a second after a change. */
  async untilStored(text: string): Promise<void> {
    await eventually(
      async () => JSON.stringify(await this.page.context().storageState()).includes(text),
      `${text} in the browser's storage`,
    );
  }

  async screenshot(path: string): Promise<void> {
    await this.page.screenshot({ path });
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
