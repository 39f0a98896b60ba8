const { readdirSync } = require('node:fs');
const { basename, join } = require('node:path');

const documents = readdirSync(join(__dirname, 'documents'), { recursive: true }).filter((path) =>
  path.endsWith('.graphql'),
);

/** What a frontend in TypeScript would use: typed documents, no scalar left to `any`. Each file is a request of its own. */
module.exports = {
  schema: './schema.graphql',
  generates: Object.fromEntries(
    documents.map((path) => [
      `./generated/${basename(path, '.graphql')}/`,
      {
        preset: 'client',
        documents: `./documents/${path}`,
        config: {
          strictScalars: true,
          scalars: { Date: 'string', DateTime: 'string', TimeZone: 'string' },
          enumsAsTypes: true,
          useTypeImports: true,
        },
      },
    ]),
  ),
};
