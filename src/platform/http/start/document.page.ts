import type { Document } from './documents';
import { toPage } from './html';
import { renderMarkdown } from './markdown';

/**
 * A document for a browser.
 *
 * @param isServed whether the server has this path; links to other files stay text
 */
export function toDocumentPage({ path, title, text }: Document, isServed: (path: string) => boolean): string {
  const address = new URL(`/docs/${path}`, 'http://gateway.invalid');
  const resolve = (target: string): string | undefined => {
    const url = new URL(target, address);
    if (url.origin !== address.origin) return url.href;
    return isServed(url.pathname) ? `${url.pathname}${url.hash}` : undefined;
  };
  return toPage(
    title,
    `    <main class="document"><nav><a href="/">Device gateway</a></nav>${renderMarkdown(text, resolve)}</main>`,
  );
}
