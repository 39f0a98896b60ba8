import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, visit } from 'graphql';
import { REPOSITORY } from '../support/tool';

const MAX_DESCRIPTION = 300;

/** Phrases that CONTRIBUTING.md replaces with plainer ones, and British spellings. */
const PHRASES =
  /\b(?:at the most|anew|told|hands? it|stands (?:in|at|there|beside)|lies in|no more,|under way|nobody|somebody|anybody|whoever|besides|shall|likewise|meanwhile|goes on|go on from|cannot be had|as it is now|programmes?|catalogues?|authoris\w+|serialis\w+|behaviours?|colours?)\b/gi;
/** In code and messages, also the words for responses and results. */
const ANSWERS = /\banswer\w*/gi;

const read = (path: string) => readFileSync(join(REPOSITORY, path), 'utf8');
const schema = read('schema.graphql');

function filesIn(folder: string, extension: string): string[] {
  return readdirSync(join(REPOSITORY, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(extension) && !/(?:^|[\\/])node_modules[\\/]/.test(name))
    .map((name) => join(folder, name));
}

/** `path:line: phrase` of each match outside of quoted and backticked words. */
function matches(path: string, pattern: RegExp): string[] {
  return read(path)
    .split('\n')
    .flatMap((line, index) =>
      [...line.replaceAll(/`[\w:-]+`|'\w+'|"\w+"/g, '').matchAll(pattern)].map(
        ([phrase]) => `${path}:${index + 1}: ${phrase}`,
      ),
    );
}

const documents = ['README.md', 'CHANGELOG.md', 'SECURITY.md', ...filesIn('docs', '.md')];
const sources = ['src', 'bench', 'migrations'].flatMap((folder) => filesIn(folder, '.ts'));

test('the schema does not say "answer" for a result', () => {
  expect(matches('schema.graphql', ANSWERS)).toEqual([]);
});

test('the schema says "after" instead of "behind"', () => {
  expect(schema.match(/\bbehind\b/gi) ?? []).toHaveLength(0);
});

test(`descriptions in the schema have at most ${MAX_DESCRIPTION} characters before their error codes`, () => {
  const long: string[] = [];
  visit(parse(schema), {
    enter(node) {
      if (!('description' in node) || !node.description) return;
      const [text] = node.description.value.split(/\s*Error codes:/) as [string];
      if (text.length > MAX_DESCRIPTION) long.push(`${text.length}: ${text}`);
    },
  });
  expect(long).toEqual([]);
});

test.each([['schema.graphql'], ...documents.map((path) => [path])])('%s uses plain phrases', (path) => {
  expect(matches(path, PHRASES)).toEqual([]);
});

test('the code uses plain phrases', () => {
  expect(sources.length).toBeGreaterThan(200);
  expect(sources.flatMap((path) => matches(path, PHRASES))).toEqual([]);
  expect(sources.filter((path) => path.startsWith('src')).flatMap((path) => matches(path, ANSWERS))).toEqual([]);
});
