import { existsSync, readFileSync } from 'node:fs';
import { packagePath } from '../../base/package-path';

/** A request on the demo data, and its response. A test runs all in order, so each finds what the ones before have left. */
export interface RestExample {
  readonly operationId: string;
  /** Parameters of the path. */
  readonly params?: Readonly<Record<string, number | string>>;
  readonly query?: Readonly<Record<string, unknown>>;
  /** Headers beside those of every request. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Default: the first demo key. */
  readonly key?: string;
  readonly body?: unknown;
  readonly status: number;
  /** Written by `npm run rest-examples`: of each refusal, and of the first example that returns a shape. */
  readonly response?: unknown;
  /** Members of the response that depend on the date of the demo data. */
  readonly varying?: readonly string[];
}

export const EXAMPLES_FILE = 'docs/rest-examples.json';

/** The examples of the document. None where the program is installed without its documents. */
export function readRestExamples(): readonly RestExample[] {
  const path = packagePath(EXAMPLES_FILE);
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as RestExample[]) : [];
}
