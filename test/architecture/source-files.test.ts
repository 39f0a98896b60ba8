import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY } from '../support/tool';

/** A file of more than 250 lines deserves another look. */
const MAX_LINES = 400;
/** `noun.role.ts` in kebab-case; a file that is its own noun has no role. */
const NAME = /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)*\.(ts|js|mjs|cjs|graphql|json|md)$/;
/** Named after the tables that they fill. */
const DATA = join(REPOSITORY, 'src/programs/demo/data/');

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
      .filter((path) => !path.startsWith(DATA))
      .map((path) => ({
        path: path.slice(REPOSITORY.length + 1).replaceAll('\\', '/'),
        text: readFileSync(path, 'utf8'),
      })),
  );
}

const sources = filesOf('src');
const everything = [...sources, ...filesOf('test', 'migrations')];

/** Paths of the files of src with code that matches. */
function using(pattern: RegExp): string[] {
  return sources
    .filter(({ text }) => pattern.test(withoutComments(text)))
    .map(({ path }) => path)
    .sort();
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[^]*?\*\/|(?<=^|\s)\/\/.*$/gm, '');
}

it('finds the files', () => {
  expect(sources.map(({ path }) => path)).toEqual(
    expect.arrayContaining(['src/app.ts', 'src/features/device/device.type.ts']),
  );
  expect(sources.length).toBeGreaterThan(100);
});

it('has no file in src over 400 lines', () => {
  const long = sources.filter(({ text }) => text.split('\n').length > MAX_LINES);
  expect(long.map(({ path }) => path)).toEqual([]);
});

it('names files noun.role.ts, in kebab-case', () => {
  expect(everything.filter(({ path }) => !NAME.test(path.split('/').at(-1)!)).map(({ path }) => path)).toEqual([]);
});

it('has no index file that passes on the exports of others', () => {
  expect(everything.filter(({ path }) => /\/index\.[cm]?[jt]s$/.test(path)).map(({ path }) => path)).toEqual([]);
});

it('reads environment variables in config.ts, and in that of a program apart, alone', () => {
  expect(
    using(/\bprocess\s*(\.|\?\.)\s*env\b|\bprocess\s*\[|\benv\b[^;]*\}\s*=\s*process\b|from 'node:process'/),
  ).toEqual(['src/config.ts', 'src/programs/import-readings/import-config.ts']);
});

it('ends the process in main.ts alone', () => {
  expect(using(/\bprocess\.exit\(/)).toEqual(['src/main.ts']);
});

it('opens the transaction of a caller in use-case.ts alone, where its action is authorised; others are of the workers', () => {
  expect(using(/\.transact\b(?!\(SYSTEM_SCOPE\b)/)).toEqual(['src/platform/operation/use-case.ts']);
  expect(using(/\benvironment\b/).filter((path) => path.startsWith('src/features/'))).toEqual([]);
});
