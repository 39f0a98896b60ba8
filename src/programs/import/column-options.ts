import { InvalidArgumentError } from 'commander';

/** A comma that ends a pair: the text before it ends with `=` and a column of the import. */
const END_OF_PAIR = /(?<==\s*\w+\s*),/;

/**
 * Parses `Serial No=serial, Clinic, building=site`: columns of the file, each with the column of the import that it is. A name in the
 * file may contain commas.
 *
 * @param before pairs of earlier occurrences of the option
 */
export function parseColumns(
  text: string,
  before: ReadonlyMap<string, string> = new Map(),
): ReadonlyMap<string, string> {
  const pairs = new Map(before);
  for (const pair of text.split(END_OF_PAIR)) {
    if (pair.trim() === '') continue;
    const [, name, column] = /^(.+)=\s*(\w+)\s*$/s.exec(pair.trim()) ?? [];
    if (name === undefined || column === undefined)
      throw new InvalidArgumentError(`Write pairs like "Serial No=serial,Clinic=site", not "${pair.trim()}".`);
    pairs.set(name.trim(), column);
  }
  return pairs;
}

/**
 * Parses `site=Main Campus`: a column of the import and the value that all lines have.
 *
 * @param before values of earlier occurrences of the option
 */
export function parseConstant(
  text: string,
  before: ReadonlyMap<string, string> = new Map(),
): ReadonlyMap<string, string> {
  const [, column, value] = /^\s*(\w+)\s*=\s*(.*\S)\s*$/s.exec(text) ?? [];
  if (column === undefined || value === undefined)
    throw new InvalidArgumentError('Write a column and its value, like "site=Main Campus".');
  return new Map(before).set(column, value);
}
