import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packagePath } from '../../base/package-path';
import type { GraphiqlExample } from './graphiql';

/**
 * The examples of the explorer: the GraphQL documents of docs/tour, sorted by file name. The variables and headers of
 * `01-name.graphql` are in `01-name.variables.json` and `01-name.headers.json`. `groups.json` has the number of the first
 * example of each group.
 */
export function readTour(): GraphiqlExample[] {
  const folder = packagePath('docs/tour');
  const groups = JSON.parse(readFileSync(join(folder, 'groups.json'), 'utf8')) as Record<string, string>;
  const names = readdirSync(folder).filter((name) => name.endsWith('.graphql'));
  let group = '';
  return names.sort().map((name) => {
    const textOf = (extension: string) => {
      const path = join(folder, name.replace('.graphql', extension));
      return existsSync(path) ? readFileSync(path, 'utf8').trimEnd() : undefined;
    };
    group = groups[name.slice(0, 2)] ?? group;
    return {
      group,
      query: textOf('.graphql')!,
      variables: textOf('.variables.json'),
      headers: textOf('.headers.json'),
    };
  });
}
