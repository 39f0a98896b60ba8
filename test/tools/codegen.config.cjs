const { readdirSync } = require('node:fs');
const { basename, join } = require('node:path');

const documents = readdirSync(join(__dirname, 'documents'), { recursive: true }).filter((path) =>
  path.endsWith('.graphql'),
);

/** Configuration of a TypeScript frontend: typed documents, and no scalar of type `any`. Each file is generated separately. */
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
