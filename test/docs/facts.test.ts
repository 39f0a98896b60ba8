import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { POLICY, Role } from '../../src/platform/access/policy';
import { CONFIG_VARIABLES } from '../../src/config';
import { DATABASE_ROLES } from '../../src/platform/db/scope';
import { DEMO_KEYS } from '../../src/programs/demo/demo-keys';
import type { RequestErrorCode } from '../../src/platform/base/errors';
import { definedLimits } from '../../src/platform/base/limit';
import '../../src/app';
import { markdown } from '../support/markdown';

const ROOT = join(__dirname, '../..');
const readme = markdown('README.md');
const api = markdown('docs/api.md');
const operations = markdown('docs/operations.md');
const fileOf = (path: string) => readFileSync(join(ROOT, path), 'utf8');

test('the configuration table is the one of the code', () => {
  expect(operations.section('## Configuration').table).toEqual([
    ['variable', 'default', 'meaning'],
    ...CONFIG_VARIABLES.map(({ name, default: text, meaning }) => [`\`${name}\``, text, meaning]),
  ]);
});

test('the table of roles is the policy', () => {
  const [[, ...roles] = [], ...rows] = markdown('docs/callers.md').section('## Roles').table;
  const policy = rows.map(([action, ...cells]) => [
    /^`([^`]+)`/.exec(action!)?.[1],
    roles.filter((_, index) => cells[index] === 'yes').sort(),
  ]);
  expect([...roles].sort()).toEqual(Object.values(Role).sort());
  expect(Object.fromEntries(policy)).toEqual(
    Object.fromEntries(
      POLICY.OPERATOR.map((action) => [
        action,
        Object.values(Role)
          .filter((role) => POLICY[role].includes(action))
          .sort(),
      ]),
    ),
  );
  expect(new Set(rows.flatMap(([, ...cells]) => cells))).toEqual(new Set(['yes', '–']));
});

test('the limits are those of the code', () => {
  const [, ...rows] = api.section('## Limits').table;
  const inOrder = (one: readonly string[], other: readonly string[]) => one[0]!.localeCompare(other[0]!);
  expect(rows.sort(inOrder)).toEqual(
    definedLimits()
      .map(({ name, value, description }) => [name, value.toLocaleString('en-US'), description])
      .sort(inOrder),
  );
});

test('every code of top-level errors is explained', () => {
  const ours: Record<RequestErrorCode, true> = {
    UNAUTHENTICATED: true,
    FORBIDDEN: true,
    BAD_USER_INPUT: true,
    OPERATION_TOO_COMPLEX: true,
    OPERATION_TOO_LARGE: true,
    OPERATION_TIMEOUT: true,
    RATE_LIMITED: true,
    CURSOR_INVALID: true,
    CURSOR_EXPIRED: true,
    SERVICE_UNAVAILABLE: true,
    OUTCOME_UNKNOWN: true,
  };
  const [, ...rows] = api.section('### A field or the operation failed').table;
  const explained = rows.map(([code]) => code!.replaceAll('`', ''));
  expect(explained.sort()).toEqual(
    [
      ...Object.keys(ours),
      'GRAPHQL_PARSE_FAILED',
      'GRAPHQL_VALIDATION_FAILED',
      'INTERNAL_SERVER_ERROR',
      'PERSISTED_QUERY_NOT_FOUND',
      'DOCUMENT_NOT_TRUSTED',
    ].sort(),
  );
});

test('the keys that it shows are the demo keys', () => {
  const welcome = readme.section('## Start').fenced('text');
  expect([...welcome.matchAll(/^ {4}(\S+) +(\S+)$/gm)].map(([, key, role]) => [key, role])).toEqual(
    DEMO_KEYS.map(({ key, role }) => [key, role]),
  );
});

test('the database roles of the page for operators are those of the migration', () => {
  const named = new Set(operations.text.match(/\bgateway_[a-z]+\b/g));
  expect([...named].sort()).toEqual(Object.values(DATABASE_ROLES).sort());
});

test('every npm script that documents name exists', () => {
  const { scripts } = JSON.parse(fileOf('package.json')) as { scripts: Record<string, string> };
  const documents = [...readdirSync(ROOT), ...readdirSync(join(ROOT, 'docs')).map((name) => `docs/${name}`)]
    .filter((path) => path.endsWith('.md'))
    .map((path) => markdown(path).text);
  const named = documents
    .flatMap((text) => [...text.matchAll(/npm run (?:--silent )?([a-z]+(?:[-:][a-z]+)*)/g)])
    .map(([, name]) => name!);
  expect(named.length).toBeGreaterThan(5);
  expect(named.filter((name) => !(name in scripts))).toEqual([]);
});
