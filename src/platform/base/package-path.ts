import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Path of a file next to package.json, the same from src and from dist. */
export function packagePath(name: string): string {
  let folder = __dirname;
  while (!existsSync(join(folder, 'package.json'))) {
    if (folder === dirname(folder)) throw new Error('No parent folder of the program contains a package.json.');
    folder = dirname(folder);
  }
  return join(folder, name);
}
