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
const SUFFIX = '-imports-lower-folders-only';
const rules = jest.requireActual<{ forbidden: Rule[] }>(join(REPOSITORY, CONFIG)).forbidden.map(({ name }) => name);
const foldersOf = (group: string) =>
  rules
    .filter((name) => name.startsWith(`${group}-`) && name.endsWith(SUFFIX))
    .map((name) => name.slice(group.length + 1, -SUFFIX.length));
/** From the lowest to the highest, in the order of the rules. */
const platform = foldersOf('platform');
const features = foldersOf('features');

/** The file in each folder imports the folder above it; the highest folder of a group imports `above`. */
const upwards = (group: string, folders: string[], above: string) =>
  Object.fromEntries(
    folders.map((folder, index) => [
      `src/${group}/${folder}/low.ts`,
      `export * from '${folders[index + 1] ? `../${folders[index + 1]}/low` : above}';`,
    ]),
  );

const broken: Record<string, string> = {
  ...upwards('platform', platform, '../../features/order/order.service'),
  ...upwards('features', features, '../../platform/http/low'),
  'src/app.ts': `export const app = 1;`,
  'src/main.ts': `export * from './app'; export * from './features/site/site.feature';`,
  'src/features.ts': `export * from './app';`,
  'src/features/site/circle.ts': `export * from './arc';`,
  'src/features/site/arc.ts': `export * from './circle';`,
  'src/features/site/site.resolver.ts': `export const resolver = 1;`,
  'src/features/site/site.feature.ts': `export * from './site.resolver';`,
  'src/features/device/intruder.ts': `export * from '../site/site.resolver';`,
  'src/features/device/device.service.ts': `export { DataSource } from 'typeorm'; export { parse } from 'graphql';`,
  'src/features/device/device.repository.ts': `export { DataSource } from 'typeorm';`,
  'src/features/reading/intruder.ts': `export * from '../device/device.resolver';`,
  'src/features/device/device.resolver.ts': `export * from '../../programs/import/file-reader';`,
  'src/programs/import/file-reader.ts': `export * from '../../platform/db/low';`,
  'src/platform/http/intruder.ts': `export * from '../../programs/webhook-receiver/receiver';`,
  'src/programs/webhook-receiver/receiver.ts': `export * from '../../config';`,
  'src/config.ts': `export const config = 1;`,
  'src/features/webhook/intruder.ts': `export * from '../order/order.service';`,
  'src/features/order/order.service.ts': `export const service = 1;`,
  'src/features/item/alone.ts': `export const alone = 1;`,
  'src/features/item/tested.ts': `export { it } from '@jest/globals'; export { test } from 'jest';`,
};

const allowed: Record<string, string> = {
  'src/programs/import/import-file.cli.ts': `export * from './file-reader'; export * from '../../config';`,
  'src/programs/import/file-reader.ts': `export { parse } from 'graphql'; export * from '../../platform/base/clock';`,
  'src/programs/webhook-receiver/receive-webhooks.cli.ts': `export * from './receiver';`,
  'src/programs/webhook-receiver/receiver.ts': `export * from '../../platform/base/clock'; export * from '../command-line';`,
  'src/programs/command-line.ts': `export const run = 1;`,
  'src/programs/demo/load-demo-data.ts': `export * from '../../features/device/device.service';`,
  'src/config.ts': `export * from './platform/base/clock';`,
  'src/features.ts': `export * from './features/site/site.feature'; export * from './features/device/device.feature';`,
  'src/features/site/site.feature.ts': `export * from './site.service';`,
  'src/features/device/device.feature.ts': `export * from './device.resolver';`,
  'src/platform/base/clock.ts': `export const clock = 1;`,
  'src/features/webhook/webhook.service.ts': `export * from '../../platform/event/outbox'; export * from '../../platform/access/policy'; export * from '../../platform/list/paged-list'; export * from '../customer/customer.type';`,
  'src/platform/event/outbox.ts': `export * from '../db/database';`,
  'src/platform/db/database.ts': `export * from '../base/clock'; export * from '../postgres/embedded-postgres'; export * from './entity';`,
  'src/platform/db/entity.ts': `export { Entity } from 'typeorm/decorator/entity/Entity'; export type { DataSource } from 'typeorm';`,
  'src/platform/postgres/embedded-postgres.ts': `export * from './server';`,
  'src/platform/postgres/server.ts': `export const server = 1;`,
  'src/platform/access/policy.ts': `export const policy = 1;`,
  'src/platform/list/paged-list.ts': `export const page = 1;`,
  'src/features/customer/customer.type.ts': `export { Field } from 'type-graphql';`,
  'src/features/order/order.service.ts': `export * from '../device/device.service';`,
  'src/features/reading/reading.resolver.ts': `export { Field } from 'type-graphql'; export * from '../device/device.service';`,
  'src/main.ts': `export * from './app'; export * from './features/order/order.service'; export * from './features/webhook/webhook.service';`,
  'src/app.ts': `export * from './features'; export * from './programs/demo/load-demo-data'; export * from './features/reading/reading.resolver';`,
  'src/features/device/device.resolver.ts': `export { Field } from 'type-graphql'; export * from './device.service';`,
  'src/features/device/device.service.ts': `import type { Other } from './other.service'; export * from '../site/site.service'; export const service: Other = 1;`,
  'src/features/device/other.service.ts': `import type { service } from './device.service'; export type Other = typeof service | 1;`,
  'src/features/site/site.service.ts': `export * from './site.repository'; export * from './site.entity';`,
  'src/features/site/site.repository.ts': `export * from '../../platform/db/database';`,
  'src/features/site/site.entity.ts': `export { Entity } from '../../platform/db/entity';`,
};

/** The violations in a tree of these files, each as `rule: importer`. */
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

it('a violation of each rule is found', async () => {
  const found = await cruise(broken);
  expect(found).toEqual(
    [
      ...platform.map((folder) => `platform-${folder}${SUFFIX}: src/platform/${folder}/low.ts`),
      ...features.map((folder) => `features-${folder}${SUFFIX}: src/features/${folder}/low.ts`),
      `resolvers-are-private-to-their-feature: src/features/device/intruder.ts`,
      `resolvers-are-private-to-their-feature: src/features/reading/intruder.ts`,
      `features-device${SUFFIX}: src/features/device/device.resolver.ts`,
      `graphql-stays-above: src/features/device/device.service.ts`,
      `import-is-a-separate-program: src/features/device/device.resolver.ts`,
      `manifests-are-for-features: src/main.ts`,
      `platform-http${SUFFIX}: src/platform/http/intruder.ts`,
      `postgres-has-one-entry-point: src/platform/observe/low.ts`,
      `separate-programs-import-base-only: src/programs/import/file-reader.ts`,
      `programs-import-no-root: src/programs/webhook-receiver/receiver.ts`,
      `webhook-receiver-is-a-separate-program: src/platform/http/intruder.ts`,
      `webhook-imports-no-feature: src/features/webhook/intruder.ts`,
      `no-cycles: src/features/site/arc.ts`,
      `no-dev-dependencies: src/features/item/tested.ts`,
      `no-orphans: src/features/item/alone.ts`,
      `only-main-imports-app: src/features.ts`,
      `typeorm-is-loaded-in-parts: src/features/device/device.service.ts`,
      `typeorm-is-loaded-in-parts: src/features/device/device.repository.ts`,
      `typeorm-stays-below: src/features/device/device.service.ts`,
      `typeorm-stays-below: src/features/device/device.repository.ts`,
    ].sort(),
  );
  expect([...new Set(found.map((violation) => violation.split(':')[0]!))].sort()).toEqual([...rules].sort());
});

it('the imports of the architecture and type-only cycles are allowed', async () => {
  expect(await cruise(allowed)).toEqual([]);
});
