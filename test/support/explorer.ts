import type { Browser, ConsoleMessage, Locator, Page, Request } from 'playwright-core';

/** The explorer page in a real browser, driven as a person would, with a record of what it must not do. */
export class Explorer {
  /** Requests to another host, console errors (violations of the content security policy among them), exceptions. */
  readonly complaints: string[] = [];

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
    page.on('pageerror', (error) => this.complaints.push(String(error)));
  }

  /** Opens the page at `url` in a profile of its own and waits until its schema is loaded. */
  static async open(browser: Browser, url: string): Promise<Explorer> {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, colorScheme: 'light' });
    const explorer = new Explorer(await context.newPage(), new URL(url).origin);
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
    await this.tabs.getByText(title, { exact: true }).click();
  }

  /** Runs the document of the open tab, or the named one of its operations. */
  async run(operation?: string): Promise<void> {
    await this.page.getByRole('button', { name: /^Execute query/ }).click();
    if (operation) await this.page.getByRole('menuitem', { name: operation }).click();
  }

  /** Ends a subscription. */
  async stop(): Promise<void> {
    await this.page.getByRole('button', { name: /^Stop query/ }).click();
  }

  /** Waits until the response shows this text. Only what is in view counts: the editor renders nothing else. */
  async showsResponse(text: string | RegExp): Promise<void> {
    await this.page.locator('.result-window .view-lines').getByText(text).first().waitFor();
  }

  async headers(): Promise<string> {
    return this.page.locator('[aria-label="Headers"] .view-lines').innerText();
  }

  async screenshot(path: string): Promise<void> {
    await this.page.screenshot({ path });
  }

  async close(): Promise<void> {
    await this.page.context().close();
  }

  private get tabs(): Locator {
    return this.page.locator('.graphiql-tab');
  }

  private async ready(): Promise<void> {
    await this.page.getByRole('button', { name: /^Execute query/ }).waitFor();
  }
}
