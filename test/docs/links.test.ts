import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { anchors, inlineCode, relativeLinks } from '../support/markdown-links';
import { REPOSITORY } from '../support/tool';

const FOLDERS = ['.ci', '.config', '.github', 'bench', 'docs', 'migrations', 'src', 'test'];
const TEXT = /\.(?:ts|[cm]?js|mjs|json|graphql|md|ya?ml)$/;
/** Of the clients' documents and of the schema's releases, and packages: generated, or not ours to edit. */
const GENERATED = /(?:^|\/)(?:__generated__|docs\/schemas|node_modules)\//;

interface File {
  /** From the root of the repository, with slashes. */
  path: string;
  text: string;
}

const read = (path: string): File => ({ path, text: readFileSync(join(REPOSITORY, path), 'utf8') });
const exists = (path: string) => existsSync(join(REPOSITORY, path));

const files = [
  ...readdirSync(REPOSITORY).filter((name) => name.endsWith('.md')),
  ...FOLDERS.filter(exists).flatMap((folder) =>
    readdirSync(join(REPOSITORY, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && TEXT.test(entry.name))
      .map((entry) =>
        join(entry.parentPath, entry.name)
          .slice(REPOSITORY.length + 1)
          .replaceAll('\\', '/'),
      ),
  ),
]
  .filter((path) => !GENERATED.test(path))
  .map(read);
const documents = files.filter(({ path }) => path.endsWith('.md'));
const sources = files.filter(({ path }) => !path.endsWith('.md') && path !== 'test/docs/links.test.ts');

const anchorsOf = new Map(documents.map(({ path, text }) => [path, anchors(text)]));

/** @param path of a file or folder, with an anchor or without */
function isThere(path: string): boolean {
  const [file, anchor] = path.split('#') as [string, string?];
  return exists(file) && (anchor === undefined || anchorsOf.get(file)?.has(anchor) === true);
}

/** What of each file does not hold, as `file: what`. */
const faults = (of: readonly File[], find: (file: File) => string[]) =>
  of.flatMap((file) => find(file).map((fault) => `${file.path}: ${fault}`));

test('finds the files', () => {
  expect(documents.map(({ path }) => path)).toEqual(expect.arrayContaining(['README.md', 'docs/glossary.md']));
  expect(sources.length).toBeGreaterThan(300);
});

test('links of documents lead to files, and to headings in them', () => {
  const links = documents.flatMap(({ text }) => relativeLinks(text));
  expect(links.length).toBeGreaterThan(30);
  expect(
    faults(documents, ({ path, text }) =>
      relativeLinks(text).filter((link) => {
        const [file, anchor] = link.split('#') as [string, string?];
        const target = file === '' ? path : posix.join(dirname(path), decodeURI(file));
        return !isThere(anchor === undefined ? target : `${target}#${anchor}`);
      }),
    ),
  ).toEqual([]);
});

test('paths in backticks in documents exist', () => {
  // A placeholder such as `src/features/<name>` is no path.
  const isPath = (code: string) =>
    /^[\w./-]+$/.test(code) && FOLDERS.includes(code.split('/')[0]!) && code.includes('/');
  expect(faults(documents, ({ text }) => inlineCode(text).filter((code) => isPath(code) && !exists(code)))).toEqual([]);
});

test('documents that sources mention exist, with their headings', () => {
  const mentions = (text: string) => text.match(/(?<![\w./-])[\w./-]+\.md(?:#[\w-]*\w)?/g) ?? [];
  expect(sources.flatMap(({ text }) => mentions(text)).length).toBeGreaterThan(20);
  expect(
    faults(sources, ({ path, text }) =>
      mentions(text).filter((mention) => !isThere(mention) && !isThere(posix.join(dirname(path), mention))),
    ),
  ).toEqual([]);
});

test('nothing refers to what a clone lacks', () => {
  const lacking = [
    /\bseeds?\//g,
    /\bshared\/house\b/g,
    /\/work\/\w+/g,
    /\bissues? #?\d+\b/gi,
    /\bthe issue\b/gi,
    /\bcontract\.graphql\b/g,
    /\b(?:API|the) contract\b/g,
    /\b(?:domain|design|brief|review)\.md\b/g,
  ];
  expect(
    faults([...documents, ...sources], ({ text }) => lacking.flatMap((pattern) => text.match(pattern) ?? [])),
  ).toEqual([]);
});
