import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY } from '../support/tool';

/** Consider splitting a file of more than 250 lines. */
const MAX_LINES = 400;
/** `noun.role.ts` in kebab-case. The role is optional. */
const NAME = /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)*\.(ts|js|mjs|cjs|graphql|json|md)$/;
/** Folders of data, which have other names and lengths. */
const DATA = /[\\/]data[\\/]/;

interface SourceFile {
  /** Relative to the repository, with slashes. */
  path: string;
  text: string;
}

function filesOf(...folders: string[]): SourceFile[] {
  return folders.flatMap((folder) =>
    readdirSync(join(REPOSITORY, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((path) => !DATA.test(path.slice(REPOSITORY.length)))
      .map((path) => ({
        path: path.slice(REPOSITORY.length + 1).replaceAll('\\', '/'),
        text: readFileSync(path, 'utf8'),
      })),
  );
}

const sources = filesOf('src');
const everything = [...sources, ...filesOf('test', 'migrations')];

/** Paths of the files in src whose code matches. */
function using(pattern: RegExp): string[] {
  return sources
    .filter(({ text }) => pattern.test(withoutComments(text)))
    .map(({ path }) => path)
    .sort();
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[^]*?\*\/|(?<=^|\s)\/\/.*$/gm, '');
}

it('the source files are found', () => {
  expect(sources.map(({ path }) => path)).toEqual(
    expect.arrayContaining(['src/app.ts', 'src/features/device/device.type.ts']),
  );
  expect(sources.length).toBeGreaterThan(100);
});

it('no file in src has more than 400 lines', () => {
  const long = sources.filter(({ text }) => text.split('\n').length > MAX_LINES);
  expect(long.map(({ path }) => path)).toEqual([]);
});

it('file names have the form noun.role.ts in kebab-case', () => {
  expect(everything.filter(({ path }) => !NAME.test(path.split('/').at(-1)!)).map(({ path }) => path)).toEqual([]);
});

it('there are no index files', () => {
  expect(everything.filter(({ path }) => /\/index\.[cm]?[jt]s$/.test(path)).map(({ path }) => path)).toEqual([]);
});

it('only config.ts and import-config.ts read environment variables', () => {
  expect(
    using(/\bprocess\s*(\.|\?\.)\s*env\b|\bprocess\s*\[|\benv\b[^;]*\}\s*=\s*process\b|from 'node:process'/),
  ).toEqual(['src/config.ts', 'src/programs/import/import-config.ts']);
});

it('only main.ts ends the process', () => {
  expect(using(/\bprocess\.exit\(/)).toEqual(['src/main.ts']);
});

it("only use-case.ts opens a caller's transaction, after authorizing the action", () => {
  expect(using(/\.transact\b(?!\((?:STREAM|PLANNING|CLAIMS|DELIVERY|SYSTEM)_SCOPE\b)/)).toEqual([
    'src/platform/operation/use-case.ts',
  ]);
  expect(using(/\benvironment\b/).filter((path) => path.startsWith('src/features/'))).toEqual([]);
});
