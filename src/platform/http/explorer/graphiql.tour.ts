import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packagePath } from '../../base/package-path';
import type { GraphiqlTab } from './graphiql';

/**
 * Tabs that a first visitor sees: the GraphQL documents of docs/tour, sorted by file name. The variables and headers of
 * `01-name.graphql` are in `01-name.variables.json` and `01-name.headers.json`.
 */
export function readTour(): GraphiqlTab[] {
  const folder = packagePath('docs/tour');
  const names = readdirSync(folder).filter((name) => name.endsWith('.graphql'));
  return names.sort().map((name) => {
    const textOf = (extension: string) => {
      const path = join(folder, name.replace('.graphql', extension));
      return existsSync(path) ? readFileSync(path, 'utf8').trimEnd() : undefined;
    };
    return { query: textOf('.graphql')!, variables: textOf('.variables.json'), headers: textOf('.headers.json') };
  });
}
