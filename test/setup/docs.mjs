/**
 * npm run docs               writes files into the documents that show them
 * npm run docs -- --check    names the documents that are out of date, and fails if there are any
 *
 * A fenced block shows a file when its first line names one, by its path from the root of the repository:
 *
 *     ```graphql docs/tour/01-find-device.graphql
 *     ```
 *
 * The comment at the top of a GraphQL file is left out: it is for readers of the explorer.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

const EMBEDDED = /^```(\w+) (\S+\.\w+)\n.*?^```$/gms;

const documents = [
  ...readdirSync('.').filter((name) => name.endsWith('.md')),
  ...readdirSync('docs', { recursive: true }).flatMap((name) => (name.endsWith('.md') ? [`docs/${name}`] : [])),
];
const outdated = documents.filter((path) => embed(path) !== readFileSync(path, 'utf8'));
if (process.argv.includes('--check')) {
  for (const path of outdated) console.error(`${path} is out of date. Run npm run docs.`);
  if (outdated.length > 0) process.exitCode = 1;
} else {
  for (const path of outdated) writeFileSync(path, embed(path));
}

/** @returns the text of a document with its embedded files in their current state */
function embed(path) {
  return readFileSync(path, 'utf8').replace(EMBEDDED, (_block, language, file) => {
    const text = readFileSync(file, 'utf8');
    const shown = language === 'graphql' ? text.replace(/^(#.*\n|\n)+/, '') : text;
    return `\`\`\`${language} ${file}\n${shown}\`\`\``;
  });
}
