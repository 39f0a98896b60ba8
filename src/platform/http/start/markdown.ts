import { Marked, type Tokens } from 'marked';
import { escapeHtml } from './html';

/** Returns the address of a link in a document; undefined when nothing is there. */
export type LinkResolver = (target: string) => string | undefined;

/** HTML of a document. HTML in the document is shown as text, comments are left out. */
export function renderMarkdown(text: string, resolve: LinkResolver): string {
  const marked = new Marked({
    renderer: {
      heading({ tokens, depth, text: source }) {
        return `<h${depth} id="${anchorOf(source)}">${this.parser.parseInline(tokens)}</h${depth}>\n`;
      },
      link({ href, tokens }) {
        const label = this.parser.parseInline(tokens);
        const address = resolve(href);
        return address === undefined ? label : `<a href="${escapeHtml(address)}">${label}</a>`;
      },
      image: ({ text: alternative }) => escapeHtml(alternative),
      html: ({ text: source }) => (source.startsWith('<!--') ? '' : escapeHtml(source)),
      code: ({ text: code }) => `<pre class="command" tabindex="0">${escapeHtml(code)}</pre>\n`,
      table({ header, rows }) {
        const toRow = (cells: Tokens.TableCell[], tag: string) =>
          `<tr>${cells.map(({ tokens }) => `<${tag}>${this.parser.parseInline(tokens)}</${tag}>`).join('')}</tr>`;
        const body = rows.map((row) => toRow(row, 'td')).join('');
        return `<div class="table" tabindex="0"><table><thead>${toRow(header, 'th')}</thead><tbody>${body}</tbody></table></div>\n`;
      },
    },
  });
  return marked.parse(text, { async: false });
}

/** Anchor of a heading, as GitHub makes it. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-');
}
