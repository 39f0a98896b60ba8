import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError } from '../base/errors';

/** Documents of a file, as the client preset of graphql-codegen writes it: `{ "<hash>": "<text>" }`. */
export interface DocumentManifest {
  readonly file: string;
  /** Null for the documents of all callers. */
  readonly customerId: string | null;
  /** Texts by their ids. */
  readonly documents: ReadonlyMap<string, string>;
}

/** Folder for the documents of single customers: `<id>.json`, or a folder `<id>` with several files. */
const CUSTOMERS = 'customers';
const EXTENSION = '.json';

/**
 * Reads the manifests of a file, or of the `*.json` files of a folder.
 *
 * @throws ConfigError with the file and the rule of each fault
 */
export function readManifests(path: string): DocumentManifest[] {
  const faults: string[] = [];
  const refuse = (file: string, rule: string) => faults.push(`TRUSTED_DOCUMENTS_PATH: ${file}: ${rule}`);
  const attempt = <Result>(file: string, work: () => Result): Result | undefined => {
    try {
      return work();
    } catch (error) {
      refuse(file, ruleOf(error));
      return undefined;
    }
  };
  const isFolder = (file: string) => attempt(file, () => statSync(file).isDirectory());
  // Names with a dot in front are of tools: Kubernetes keeps the files of a mounted folder in `..data`.
  const namesIn = (folder: string) =>
    (attempt(folder, () => readdirSync(folder)) ?? []).filter((name) => !name.startsWith('.')).sort();
  const read = (file: string, customerId: string | null = null): DocumentManifest[] => {
    const documents = attempt(file, () => documentsIn(readFileSync(file, 'utf8')));
    return documents ? [{ file, customerId, documents }] : [];
  };
  const readFolder = (folder: string, customerId: string | null = null) =>
    namesIn(folder)
      .filter((name) => name.endsWith(EXTENSION))
      .flatMap((name) => read(join(folder, name), customerId));
  const readCustomer = (file: string, name: string) => {
    const id = name.endsWith(EXTENSION) ? name.slice(0, -EXTENSION.length) : name;
    if (!/^[1-9]\d{0,18}$/.test(id)) {
      refuse(file, 'the name must be the id of a customer, e.g. 12.json');
      return [];
    }
    if (isFolder(file)) return readFolder(file, id);
    if (name.endsWith(EXTENSION)) return read(file, id);
    refuse(file, `must be a folder, or a file with the extension ${EXTENSION}`);
    return [];
  };

  const manifests: DocumentManifest[] = [];
  if (isFolder(path) === false) manifests.push(...read(path));
  else if (faults.length === 0) {
    manifests.push(...readFolder(path));
    if (namesIn(path).includes(CUSTOMERS)) {
      const folder = join(path, CUSTOMERS);
      for (const name of namesIn(folder)) manifests.push(...readCustomer(join(folder, name), name));
    }
  }
  if (faults.length > 0) throw new ConfigError(shortened(faults));
  if (manifests.length === 0)
    throw new ConfigError([`TRUSTED_DOCUMENTS_PATH: ${path}: the folder has no ${EXTENSION} file`]);
  return manifests;
}

const MAX_FAULTS = 20;

/** The first faults, and how many others there are. */
export function shortened(faults: readonly string[]): string[] {
  const others = faults.length - MAX_FAULTS;
  return others > 0 ? [...faults.slice(0, MAX_FAULTS), `and ${others} more`] : [...faults];
}

/** A fault of a manifest. The message is a rule. */
class ManifestFault extends Error {}

function documentsIn(text: string): Map<string, string> {
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    throw new ManifestFault('is not valid JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new ManifestFault('must be an object with the text of each document by its hash');
  const entries = Object.entries(value);
  for (const [id, document] of entries) {
    if (id === '') throw new ManifestFault('must not have a document with an empty hash');
    if (typeof document !== 'string') throw new ManifestFault(`${shownId(id)} must be the text of a document`);
  }
  return new Map(entries as [string, string][]);
}

const MAX_SHOWN = 80;

/** An id in a message. */
export function shownId(id: string): string {
  return JSON.stringify(id.length > MAX_SHOWN ? `${id.slice(0, MAX_SHOWN)}…` : id);
}

function ruleOf(error: unknown): string {
  if (error instanceof ManifestFault) return error.message;
  const { code } = error as NodeJS.ErrnoException;
  if (code === undefined) throw error;
  return code === 'ENOENT' ? 'does not exist' : `cannot be read (error ${code})`;
}
