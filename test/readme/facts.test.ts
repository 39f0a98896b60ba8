import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { POLICY, Role } from '../../src/platform/access/policy';
import { CONFIG_VARIABLES } from '../../src/config';
import { DATABASE_ROLES } from '../../src/platform/db/scope';
import { DEMO_KEYS } from '../../src/programs/demo/demo-keys';
import { DEFAULT_LIMITS } from '../../src/platform/operation/limits';
import type { RequestErrorCode } from '../../src/platform/base/errors';
import { DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE } from '../../src/platform/list/page';
import { fencedBlocks, README, section, table } from '../support/readme';

const ROOT = join(__dirname, '../..');
const fileOf = (path: string) => readFileSync(join(ROOT, path), 'utf8');

test('the configuration table is the one of the code', () => {
  expect(table(section('### Configuration'))).toEqual([
    ['variable', 'default', 'meaning'],
    ...CONFIG_VARIABLES.map(({ name, default: text, meaning }) => [`\`${name}\``, text, meaning]),
  ]);
});

test('the table of roles is the policy', () => {
  const [[, ...roles] = [], ...rows] = table(section('## Callers'));
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
  const [, ...rows] = table(section('### Limits'));
  expect(Object.fromEntries(rows.map(([limit, value]) => [limit, Number(value!.replaceAll(',', ''))]))).toEqual({
    depth: DEFAULT_LIMITS.maxDepth,
    aliases: DEFAULT_LIMITS.maxAliases,
    directives: DEFAULT_LIMITS.maxDirectives,
    tokens: DEFAULT_LIMITS.maxTokens,
    'document bytes': DEFAULT_LIMITS.maxDocumentBytes,
    cost: DEFAULT_LIMITS.maxCost,
    'body bytes': numberIn('src/platform/http/server.ts', /MAX_BODY_BYTES = ([\d_]+)/),
    'page size': MAX_PAGE_SIZE,
    'operations of a socket': numberIn('src/platform/http/graphql-ws.ts', /maxOperations = ([\d_]+)/),
    'waiting events': numberIn('src/platform/event/event-subscription.ts', /DEFAULT_MAX_QUEUED = ([\d_]+)/),
    'connection_init, milliseconds': numberIn(
      'src/platform/http/graphql-ws.ts',
      /connectionInitTimeoutMs \?\? ([\d_]+)/,
    ),
  });
  expect(numberIn('src/platform/http/graphql-ws.ts', /MAX_MESSAGE_BYTES = ([\d_]+)/)).toBe(
    numberIn('src/platform/http/server.ts', /MAX_BODY_BYTES = ([\d_]+)/),
  );
  expect(section('### Limits')).toContain(`${DEFAULT_PAGE_SIZE} when neither is given`);
});

test('every code of top-level errors is explained', () => {
  const ours: Record<RequestErrorCode, true> = {
    UNAUTHENTICATED: true,
    FORBIDDEN: true,
    BAD_USER_INPUT: true,
    OPERATION_TOO_COMPLEX: true,
    CURSOR_INVALID: true,
    CURSOR_EXPIRED: true,
    SUBSCRIBER_TOO_SLOW: true,
    SERVICE_UNAVAILABLE: true,
  };
  const [, ...rows] = table(section('### Errors'));
  const explained = rows.map(([code]) => code!.replaceAll('`', ''));
  expect(explained.sort()).toEqual(
    [...Object.keys(ours), 'GRAPHQL_PARSE_FAILED', 'GRAPHQL_VALIDATION_FAILED', 'INTERNAL_SERVER_ERROR'].sort(),
  );
});

test('the keys that it shows are the demo keys', () => {
  const welcome = fencedBlocks(section('## Start')).find(({ kind }) => kind === 'text')!.text;
  expect([...welcome.matchAll(/^ {4}(\S+) +(\S+)$/gm)].map(([, key, role]) => [key, role])).toEqual(
    DEMO_KEYS.map(({ key, role }) => [key, role]),
  );
});

test('the database roles that it names are those of the migration', () => {
  const named = new Set(README.match(/\bgateway_[a-z]+\b/g));
  expect([...named].sort()).toEqual(Object.values(DATABASE_ROLES).sort());
});

test('every npm script that it names exists', () => {
  const { scripts } = JSON.parse(fileOf('package.json')) as { scripts: Record<string, string> };
  const named = [...README.matchAll(/npm run (?:--silent )?([a-z]+(?:-[a-z]+)*)/g)].map(([, name]) => name!);
  expect(named.length).toBeGreaterThan(0);
  expect(named.filter((name) => !(name in scripts))).toEqual([]);
});

test('every link leads to a file or a folder', () => {
  const links = [...README.matchAll(/\]\(([^)#]+)[^)]*\)/g)].map(([, target]) => target!);
  expect(links.length).toBeGreaterThan(10);
  expect(links.filter((target) => !existsSync(join(ROOT, target)))).toEqual([]);
});

/** A bound that is the private affair of its file. */
function numberIn(path: string, pattern: RegExp): number {
  const found = pattern.exec(fileOf(path));
  if (!found) throw new Error(`${path} has no ${pattern.source}`);
  return Number(found[1]!.replaceAll('_', ''));
}
