import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, type OperationDefinitionNode } from 'graphql';
import { REPOSITORY } from './tool';

const DEFAULT_HEADERS = { Authorization: 'Bearer demo-northside' };

/** One operation of a folder such as docs/tour with the files beside it. */
export interface Example {
  /** Paths from the root of the repository, in the order in which a document shows them. */
  files: string[];
  name: string;
  type: string;
  query: string;
  variables: Record<string, unknown>;
  key: string;
  /** Expected result of a query or a mutation. */
  response?: unknown;
  /** What a subscription receives until the end of the tour. */
  events?: unknown[];
}

/** The examples of a folder in order. */
export function readExamples(folder = 'docs/tour'): Example[] {
  const names = readdirSync(join(REPOSITORY, folder)).filter((name) => name.endsWith('.graphql'));
  return names.sort().map((name) => {
    const files = [`${folder}/${name}`];
    const besides = (kind: string): unknown => {
      const file = files[0]!.replace('.graphql', `.${kind}.json`);
      if (!existsSync(join(REPOSITORY, file))) return undefined;
      files.push(file);
      return JSON.parse(textOf(file));
    };
    const query = textOf(files[0]!);
    const [operation] = parse(query).definitions as [OperationDefinitionNode];
    const { Authorization } = (besides('headers') ?? DEFAULT_HEADERS) as typeof DEFAULT_HEADERS;
    return {
      files,
      name: operation.name!.value,
      type: operation.operation,
      query,
      key: Authorization.replace('Bearer ', ''),
      variables: (besides('variables') ?? {}) as Example['variables'],
      response: besides('response'),
      events: besides('events') as unknown[] | undefined,
    };
  });
}

/** Variables as the explorer sends them: with the current time for `<now>`. */
export function withCurrentTime(variables: Example['variables']): Example['variables'] {
  const now = new Date().toISOString();
  return Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, value === '<now>' ? now : value]));
}

const ELLIPSIS = '…';
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** A result in which each value that the expected one leaves open with `…` is checked and replaced by `…`. */
export function withEllipses(actual: unknown, expected: unknown, field = ''): unknown {
  if (expected === ELLIPSIS) {
    const pattern = field.endsWith('At') ? TIME : /./;
    return typeof actual === 'string' && pattern.test(actual) ? ELLIPSIS : actual;
  }
  if (Array.isArray(actual) && Array.isArray(expected))
    return actual.map((item, index) => withEllipses(item, expected[index]));
  if (!isObject(actual) || !isObject(expected)) return actual;
  return Object.fromEntries(
    Object.entries(actual).map(([name, value]) => [name, withEllipses(value, expected[name], name)]),
  );
}

function textOf(file: string): string {
  return readFileSync(join(REPOSITORY, file), 'utf8');
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
