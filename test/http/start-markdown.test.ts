import { readDocuments } from '../../src/platform/http/start/documents';
import { toDocumentPage } from '../../src/platform/http/start/document.page';
import { renderMarkdown } from '../../src/platform/http/start/markdown';

const render = (text: string) => renderMarkdown(text, (target) => (target.endsWith('.ts') ? undefined : target));

test.each([
  ['the anchors of GitHub', '# Keys & roles', '<h1 id="keys--roles">Keys &amp; roles</h1>'],
  ['links to what is served', 'See [the `api`](#x).', '<p>See <a href="#x">the <code>api</code></a>.</p>'],
  ['other links as text', 'See [main](../src/main.ts).', '<p>See main.</p>'],
  ['HTML as text', '<b>x</b> `<i>`', '<p>&lt;b&gt;x&lt;/b&gt; <code>&lt;i&gt;</code></p>'],
  ['a block of HTML as text', '<script>\nx\n</script>', '&lt;script&gt;\nx\n&lt;/script&gt;'],
  ['no comments', '<!-- prettier-ignore -->\n\ntext', '<p>text</p>'],
  ['code that scrolls', '```sh\n# <x>\n```', '<pre class="command" tabindex="0"># &lt;x&gt;</pre>'],
  [
    'tables that scroll',
    '| a | b |\n| --- | --- |\n| `c` | d \\| e |',
    '<div class="table" tabindex="0"><table><thead><tr><th>a</th><th>b</th></tr></thead>' +
      '<tbody><tr><td><code>c</code></td><td>d | e</td></tr></tbody></table></div>',
  ],
])('a document has %s', (_what, text, html) => {
  expect(render(text).trim()).toBe(html);
});

test('no markup is left in any document, and every link leads to a heading or a file', () => {
  const documents = readDocuments();
  const served = new Set(documents.map(({ path }) => `/docs/${path}`));
  const pages = new Map(
    documents.map((document) => [`/docs/${document.path}`, toDocumentPage(document, (path) => served.has(path))]),
  );
  const faults = [...pages].flatMap(([path, html]) => {
    const text = html.replace(/<(pre|code|style)\b[^]*?<\/\1>/g, '');
    const left = [...text.matchAll(/`|\*\*|\]\(|^\||^#|^- /gm)].map(([markup]) => markup);
    const dead = [...html.matchAll(/href="(\/docs\/[^"#]+)#([^"]+)"/g)]
      .filter(([, target, anchor]) => !pages.get(target!)!.includes(`id="${anchor}"`))
      .map(([link]) => link);
    return [...left, ...dead].map((fault) => `${path}: ${fault}`);
  });
  expect(documents.length).toBeGreaterThan(20);
  expect(faults).toEqual([]);
});
