import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The document of a screen, see test/screens. */
export function readScreen(name: string): string {
  return readFileSync(join(__dirname, '..', 'screens', `${name}.graphql`), 'utf8');
}
