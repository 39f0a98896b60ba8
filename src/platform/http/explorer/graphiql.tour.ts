import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packagePath } from '../../base/package-path';
import type { GraphiqlTab } from './graphiql';

/**
 * The tabs a first visitor sees: the documents of docs/tour in the order of their names, on the demo data. A document that needs
 * variables or headers of its own has them beside it, in a file of JSON with its name.
 */
export function readTour(): GraphiqlTab[] {
  const folder = packagePath('docs/tour');
  const names = readdirSync(folder).filter((name) => name.endsWith('.graphql'));
  return names.sort().map((name) => {
    const query = readFileSync(join(folder, name), 'utf8');
    const besides = join(folder, name.replace('.graphql', '.json'));
    if (!existsSync(besides)) return { query };
    const members = Object.entries(JSON.parse(readFileSync(besides, 'utf8')) as Omit<GraphiqlTab, 'query'>);
    return { query, ...Object.fromEntries(members.map(([name, value]) => [name, JSON.stringify(value, null, 2)])) };
  });
}
