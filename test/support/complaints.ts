import type { Page } from 'playwright-core';

/**
 * What a page must not do, from now on: requests to another host, console errors and warnings (violations of the content security
 * policy among them), and exceptions.
 */
export function complaintsOf(page: Page, origin: string): readonly string[] {
  const complaints: string[] = [];
  page.on('request', (request) => {
    const { protocol, host } = new URL(request.url());
    const local = protocol === 'blob:' || protocol === 'data:' || host === new URL(origin).host;
    if (!local) complaints.push(`request to another host: ${request.url()}`);
  });
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  return complaints;
}
