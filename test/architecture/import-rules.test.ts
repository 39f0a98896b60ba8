import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { inToolFolder, REPOSITORY, runTool } from '../support/tool';

interface Rule {
  name: string;
}

interface CruiseResult {
  summary: { violations: { rule: Rule; from: string; to: string }[] };
}

const CONFIG = '.config/dependency-cruiser.cjs';
const SUFFIX = '-imports-lower-rooms-only';
const rules = jest.requireActual<{ forbidden: Rule[] }>(join(REPOSITORY, CONFIG)).forbidden.map(({ name }) => name);
/** From the lowest to the highest, in the order of the rules. */
const rooms = rules.filter((name) => name.endsWith(SUFFIX)).map((name) => name.slice(0, -SUFFIX.length));

/** Each room's file imports the one above, the highest the composition root. */
const upwards = Object.fromEntries(
  rooms.map((room, index) => [
    `src/${room}/low.ts`,
    `export * from '${rooms[index + 1] ? `../${rooms[index + 1]}/low` : '../app'}';`,
  ]),
);

const broken: Record<string, string> = {
  ...upwards,
  'src/app.ts': `export const app = 1;`,
  'src/main.ts': `export * from './app';`,
  'src/entities.ts': `export * from './app';`,
  'src/site/circle.ts': `export * from './arc';`,
  'src/site/arc.ts': `export * from './circle';`,
  'src/site/site.resolver.ts': `export const resolver = 1;`,
  'src/device/door.ts': `export * from '../site/site.resolver';`,
  'src/device/device.service.ts': `export { DataSource } from 'typeorm'; export { parse } from 'graphql';`,
  'src/reading/door.ts': `export * from '../device/device.resolver';`,
  'src/device/device.resolver.ts': `export * from '../import/file-reader';`,
  'src/import/file-reader.ts': `export { parse } from 'graphql';`,
  'src/http/door.ts': `export * from '../webhook-receiver/receiver';`,
  'src/webhook-receiver/receiver.ts': `export const receiver = 1;`,
  'src/webhook/teller.ts': `export * from '../order/order.service';`,
  'src/order/order.service.ts': `export const service = 1;`,
  'src/item/alone.ts': `export const alone = 1;`,
  'src/item/tested.ts': `export { it } from '@jest/globals'; export { test } from 'jest';`,
};

const allowed: Record<string, string> = {
  'src/import/import-file.cli.ts': `export * from './file-reader';`,
  'src/import/file-reader.ts': `export * from '../shared/clock';`,
  'src/webhook-receiver/receive-webhooks.cli.ts': `export * from './receiver';`,
  'src/webhook-receiver/receiver.ts': `export * from '../shared/clock';`,
  'src/shared/clock.ts': `export const clock = 1;`,
  'src/webhook/webhook.service.ts': `export * from '../event/outbox'; export * from '../access/policy'; export * from '../request/paged-list'; export * from '../viewer/customer.type';`,
  'src/event/outbox.ts': `export * from '../db/database';`,
  'src/db/database.ts': `export * from '../shared/clock';`,
  'src/access/policy.ts': `export const policy = 1;`,
  'src/request/paged-list.ts': `export const page = 1;`,
  'src/viewer/customer.type.ts': `export { Field } from 'type-graphql';`,
  'src/order/order.service.ts': `export * from '../device/device.service';`,
  'src/reading/reading.resolver.ts': `export { Field } from 'type-graphql'; export * from '../device/device.service';`,
  'src/main.ts': `export * from './app';`,
  'src/app.ts': `export * from './device/device.resolver'; export * from './reading/reading.resolver';`,
  'src/device/device.resolver.ts': `export { Field } from 'type-graphql'; export * from './device.service';`,
  'src/device/device.service.ts': `import type { Other } from './other.service'; export * from '../site/site.service'; export const service: Other = 1;`,
  'src/device/other.service.ts': `import type { service } from './device.service'; export type Other = typeof service | 1;`,
  'src/site/site.service.ts': `export * from './site.repository';`,
  'src/site/site.repository.ts': `export { DataSource } from 'typeorm';`,
};

/** `rule: importer` of each violation in a tree of these files. */
async function cruise(files: Record<string, string>): Promise<string[]> {
  const copies = { 'package.json': 'package.json', 'tsconfig.json': 'tsconfig.json', '.config': '.config' };
  return inToolFolder(copies, async (folder) => {
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), text);
    }
    const args = ['src', '--config', CONFIG, '--output-type', 'json'];
    const { stdout } = await runTool('dependency-cruiser/bin/dependency-cruise.mjs', args, folder);
    const { violations } = (JSON.parse(stdout) as CruiseResult).summary;
    return [...new Set(violations.map(({ rule, from }) => `${rule.name}: ${from}`))].sort();
  });
}

it('catch a violation of each of them', async () => {
  const found = await cruise(broken);
  expect(found).toEqual(
    [
      ...rooms.map((room) => `${room}${SUFFIX}: src/${room}/low.ts`),
      `features-are-used-by-their-doors: src/device/door.ts`,
      `features-are-used-by-their-doors: src/reading/door.ts`,
      `graphql-stays-above: src/device/device.service.ts`,
      `graphql-stays-above: src/import/file-reader.ts`,
      `import-is-a-program-of-its-own: src/device/device.resolver.ts`,
      `import-is-a-program-of-its-own: src/shared/low.ts`,
      `webhook-receiver-is-a-program-of-its-own: src/http/door.ts`,
      `webhook-receiver-is-a-program-of-its-own: src/import/low.ts`,
      `webhook-knows-no-feature: src/webhook/teller.ts`,
      `no-cycles: src/site/arc.ts`,
      `no-dev-dependencies: src/item/tested.ts`,
      `no-orphans: src/item/alone.ts`,
      `only-main-and-app-know-all: src/entities.ts`,
      `only-main-and-app-know-all: src/http/low.ts`,
      `typeorm-stays-below: src/device/device.service.ts`,
    ].sort(),
  );
  expect([...new Set(found.map((violation) => violation.split(':')[0]!))].sort()).toEqual([...rules].sort());
});

it('let pass what design.md allows, circles of types alone too', async () => {
  expect(await cruise(allowed)).toEqual([]);
});
