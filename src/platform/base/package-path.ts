import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The path of a file that comes with the package beside package.json, the same from src as from dist. */
export function packagePath(name: string): string {
  let folder = __dirname;
  while (!existsSync(join(folder, 'package.json'))) {
    if (folder === dirname(folder)) throw new Error('No folder above the program holds a package.json.');
    folder = dirname(folder);
  }
  return join(folder, name);
}
