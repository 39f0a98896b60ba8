import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packagePath } from '../../base/package-path';

/** A file of the folder docs. */
export interface Document {
  /** Path below the folder docs. */
  readonly path: string;
  /** Its first heading. */
  readonly title: string;
  /** Markdown. */
  readonly text: string;
}

/** In the order in which a newcomer needs them. Other documents follow by name. */
const FIRST = ['tour', 'first-day', 'api', 'callers', 'webhooks', 'import', 'operations'].map((name) => `${name}.md`);

/** The documents of the folder docs and of its folder decisions. */
export function readDocuments(): Document[] {
  const folder = packagePath('docs');
  const namesIn = (subfolder: string) =>
    readdirSync(join(folder, subfolder))
      .filter((name) => name.endsWith('.md'))
      .sort();
  const names = namesIn('');
  const ordered = [...FIRST.filter((name) => names.includes(name)), ...names.filter((name) => !FIRST.includes(name))];
  const paths = [...ordered, ...namesIn('decisions').map((name) => `decisions/${name}`)];
  return paths.map((path) => {
    const text = readFileSync(join(folder, path), 'utf8');
    return { path, text, title: /^# (.+)$/m.exec(text)?.[1] ?? path };
  });
}
