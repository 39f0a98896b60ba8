/** Imports go one way. Each list is ordered: a folder imports only those before it. */
const platform = [
  'base',
  'observe',
  'postgres',
  'db',
  'list',
  'event',
  'access',
  'operation',
  'rest',
  'graphql',
  'read',
  'http',
];
const features = [
  'customer',
  'api-key',
  'kind',
  'activity',
  'item',
  'site',
  'patient',
  'device',
  'reading',
  'order',
  'webhook',
];
/** Programs that run next to a gateway or without one. */
const apart = ['import', 'webhook-receiver'];

const CLI = '\\.cli\\.ts$';

/** @param above path patterns of everything above the last folder */
const oneWay = (group, folders, above) =>
  folders.map((folder, index) => {
    const higher = [...folders.slice(index + 1).map((name) => `${group}/${name}/`), ...above];
    return {
      name: `${group}-${folder}-imports-lower-folders-only`,
      severity: 'error',
      from: { path: `^src/${group}/${folder}/` },
      to: { path: `^src/(${higher.join('|')})` },
    };
  });

module.exports = {
  forbidden: [
    ...oneWay('platform', platform, ['features/', 'programs/', '[^/]+\\.ts$']),
    ...oneWay('features', features, ['platform/http/', 'programs/', '[^/]+\\.ts$']),
    {
      name: 'programs-import-no-root',
      comment: 'Only a command-line entry point reads the configuration. It passes the values on.',
      severity: 'error',
      from: { path: '^src/programs/', pathNot: CLI },
      to: { path: '^src/[^/]+\\.ts$' },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    ...apart.map((program) => ({
      name: `${program}-is-a-separate-program`,
      comment: 'A customer could have written it: it uses only the public API, and nothing else imports it.',
      severity: 'error',
      from: { path: '^src/', pathNot: `^src/programs/${program}/` },
      to: { path: `^src/programs/${program}/` },
    })),
    {
      name: 'separate-programs-import-base-only',
      severity: 'error',
      from: { path: `^src/programs/(${apart.join('|')})/`, pathNot: CLI },
      to: {
        path: '^src/(features|platform|programs)/',
        pathNot: [
          '^src/platform/base/',
          '^src/programs/command-line\\.ts$',
          ...apart.map((program) => `^src/programs/${program}/`),
        ],
      },
    },
    {
      name: 'postgres-has-one-entry-point',
      comment: 'The embedded server could be a separate package.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/platform/postgres/' },
      to: { path: '^src/platform/postgres/', pathNot: '/embedded-postgres\\.ts$' },
    },
    {
      name: 'webhook-imports-no-feature',
      comment: 'Features declare their events. A new feature requires no change in the webhooks.',
      severity: 'error',
      from: { path: '^src/features/webhook/' },
      to: { path: '^src/features/', pathNot: '^src/features/(customer|webhook)/' },
    },
    {
      name: 'manifests-are-for-features',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/features\\.ts$' },
      to: { path: '\\.feature\\.ts$' },
    },
    {
      name: 'resolvers-are-private-to-their-feature',
      comment: 'A feature imports neither resolvers nor subscriptions of another one.',
      severity: 'error',
      from: { path: '^src/(.+)/[^/]+$' },
      to: { path: '^src/features/.*\\.(resolver|subscription)\\.ts$', pathNot: '^src/$1/' },
    },
    {
      name: 'typeorm-stays-below',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/platform/db/' },
      to: { path: 'node_modules/typeorm/' },
    },
    {
      name: 'typeorm-is-loaded-in-parts',
      comment: 'See src/platform/db/entity.ts.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: 'node_modules/typeorm/index\\.', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'graphql-stays-above',
      severity: 'error',
      from: {
        path: '^src/',
        pathNot:
          '^src/platform/(operation|graphql|read|http)/|\\.(type|input|resolver|subscription)\\.ts$|^src/programs/(import|schema)/',
      },
      to: { path: 'node_modules/(graphql|type-graphql|graphql-scalars)/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'no-orphans',
      severity: 'error',
      from: { orphan: true, pathNot: ['^src/main\\.ts$', CLI, '\\.(boot|examples)\\.js$'] },
      to: {},
    },
    {
      name: 'no-dev-dependencies',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg'] },
    },
    {
      name: 'only-main-imports-app',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/main\\.ts$' },
      to: { path: '^src/(app|main)\\.ts$' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|test)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
