import { escapeHtml } from './html';

/** Returns the address of a link in a document; undefined when nothing is there. */
export type LinkResolver = (target: string) => string | undefined;

/**
 * HTML of the Markdown that the folder docs uses: headings, paragraphs, lists, tables, fenced code, links, bold and inline
 * code. HTML in a document is shown as text.
 */
export function renderMarkdown(text: string, resolve: LinkResolver): string {
  return renderBlocks(
    text.split('\n').filter((line) => !/^<!--.*-->$/.test(line)),
    resolve,
  );
}

const FENCE = /^```/;
const HEADING = /^(#{1,6}) (.+)$/;
const ITEM = /^(- |\d+\. )(.*)$/;
/** What ends a paragraph. */
const BLOCK_START = /^(```|#{1,6} |\||- |\d+\. )/;

function renderBlocks(lines: readonly string[], resolve: LinkResolver): string {
  const blocks: string[] = [];
  let index = 0;
  /** Takes lines while the condition holds. */
  const take = (condition: (line: string, next: string | undefined) => boolean) => {
    const from = index;
    while (index < lines.length && condition(lines[index]!, lines[index + 1])) index += 1;
    return lines.slice(from, index);
  };
  while (index < lines.length) {
    const line = lines[index]!;
    const heading = HEADING.exec(line);
    index += 1;
    if (line.trim() === '') continue;
    if (FENCE.test(line)) {
      const code = take((each) => !FENCE.test(each));
      index += 1;
      blocks.push(`<pre class="command" tabindex="0">${escapeHtml(code.join('\n'))}</pre>`);
    } else if (heading) {
      const level = heading[1]!.length;
      blocks.push(`<h${level} id="${anchorOf(heading[2]!)}">${renderInline(heading[2]!, resolve)}</h${level}>`);
    } else if (line.startsWith('|')) {
      blocks.push(renderTable([line, ...take((each) => each.startsWith('|'))], resolve));
    } else if (ITEM.test(line)) {
      const isPart = (each: string, next?: string) =>
        each.trim() === '' ? /^( {2}|- |\d+\. )/.test(next ?? '') : ITEM.test(each) || !BLOCK_START.test(each);
      blocks.push(renderList([line, ...take(isPart)], resolve));
    } else {
      const paragraph = [line, ...take((each) => each.trim() !== '' && !BLOCK_START.test(each))];
      blocks.push(`<p>${renderInline(paragraph.join('\n'), resolve)}</p>`);
    }
  }
  return blocks.join('\n');
}

function renderList(lines: readonly string[], resolve: LinkResolver): string {
  const items: string[][] = [];
  for (const line of lines) {
    const item = ITEM.exec(line);
    if (item) items.push([item[2]!]);
    else items.at(-1)!.push(line.replace(/^ {1,3}/, ''));
  }
  const rendered = items.map((item) => renderBlocks(item, resolve).replace(/^<p>([^]*?)<\/p>/, '$1'));
  const tag = lines[0]!.startsWith('-') ? 'ul' : 'ol';
  return `<${tag}>${rendered.map((item) => `<li>${item}</li>`).join('')}</${tag}>`;
}

function renderTable(lines: readonly string[], resolve: LinkResolver): string {
  const [head, , ...rows] = lines.map((line) =>
    line
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map((cell) => renderInline(cell.trim(), resolve)),
  );
  const toRow = (cells: readonly string[], tag: string) =>
    `<tr>${cells.map((cell) => `<${tag}>${cell}</${tag}>`).join('')}</tr>`;
  return `<div class="table" tabindex="0"><table><thead>${toRow(head!, 'th')}</thead><tbody>${rows.map((row) => toRow(row, 'td')).join('')}</tbody></table></div>`;
}

/** Code spans are cut out first and put back last: nothing in them is markup. */
function renderInline(text: string, resolve: LinkResolver): string {
  const codes: string[] = [];
  const withoutCode = text.replace(/``.+?``|`[^`]+`/gs, (code) => {
    codes.push(`<code>${escapeHtml(code.replace(/^`+ ?| ?`+$/g, ''))}</code>`);
    return '\0';
  });
  return escapeHtml(withoutCode)
    .replace(/\[((?:[^\]]|\](?!\())+)\]\(([^()\s]+)\)/g, (_link, label: string, target: string) => {
      const href = resolve(target.replaceAll('&amp;', '&'));
      return href === undefined ? label : `<a href="${escapeHtml(href)}">${label}</a>`;
    })
    .replace(/\*\*([^*]+)\*\*/g, '<strong>$1</strong>')
    .replace(/\\([\\*|_`[\]])/g, '$1')
    .replace(/\0/g, () => codes.shift()!);
}

/** Anchor of a heading, as GitHub makes it. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-');
}
