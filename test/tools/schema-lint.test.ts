import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inToolFolder, REPOSITORY, runTool } from '../support/tool';

interface LintResult {
  messages: { ruleId: string | null; message: string; line: number }[];
}

/** The findings of graphql-eslint in a schema, as `rule: message`, sorted. */
async function lint(schema: string): Promise<string[]> {
  return inToolFolder({ 'eslint.config.mjs': 'test/tools/graphql-eslint.config.mjs' }, async (folder) => {
    await writeFile(join(folder, 'schema.graphql'), schema);
    const { stdout, stderr } = await runTool('eslint/bin/eslint.js', ['--format', 'json', 'schema.graphql'], folder);
    if (stdout === '') throw new Error(stderr);
    const results = JSON.parse(stdout) as LintResult[];
    return results.flatMap(({ messages }) => messages.map(({ ruleId, message }) => `${ruleId}: ${message}`)).sort();
  });
}

it('the schema passes schema-recommended and schema-relay', async () => {
  expect(await lint(await readFile(join(REPOSITORY, 'schema.graphql'), 'utf8'))).toEqual([]);
});

it('malformed connections and missing ids and descriptions are found', async () => {
  const found = await lint(`
    type Query { things(first: String): ThingConnection! }
    type ThingConnection { edges: [ThingEdge] }
    type ThingEdge { node: Thing! }
    type Thing { thingName: String! }
    type Unused { id: ID! }
  `);
  expect([...new Set(found.map((line) => line.split(':')[0]))]).toEqual([
    '@graphql-eslint/no-typename-prefix',
    '@graphql-eslint/no-unreachable-types',
    '@graphql-eslint/relay-arguments',
    '@graphql-eslint/relay-connection-types',
    '@graphql-eslint/relay-edge-types',
    '@graphql-eslint/relay-page-info',
    '@graphql-eslint/require-description',
    '@graphql-eslint/strict-id-in-types',
  ]);
});
