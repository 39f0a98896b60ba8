/** Imports run one way; each list is in order, and a room imports those before it. */
const platform = ['base', 'postgres', 'db', 'list', 'event', 'access', 'operation', 'graphql', 'http'];
const features = ['customer', 'kind', 'activity', 'item', 'site', 'patient', 'device', 'reading', 'order', 'webhook'];
/** They run beside a gateway or without one. */
const apart = ['import-readings', 'webhook-receiver'];

const CLI = '\\.cli\\.ts$';

/** @param above what stands above the last of the rooms */
const oneWay = (group, rooms, above) =>
  rooms.map((room, index) => {
    const higher = [...rooms.slice(index + 1).map((name) => `${group}/${name}/`), ...above];
    return {
      name: `${group}-${room}-imports-lower-rooms-only`,
      severity: 'error',
      from: { path: `^src/${group}/${room}/` },
      to: { path: `^src/(${higher.join('|')})` },
    };
  });

module.exports = {
  forbidden: [
    ...oneWay('platform', platform, ['features/', 'programs/', '[^/]+\\.ts$']),
    ...oneWay('features', features, ['platform/http/', 'programs/', '[^/]+\\.ts$']),
    {
      name: 'programs-import-no-root',
      comment: 'A command line reads the configuration; what it runs is given its values.',
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
      name: `${program}-is-a-program-of-its-own`,
      comment: 'It is what a customer could write: of the gateway it knows what everybody may, and nobody knows it.',
      severity: 'error',
      from: { path: '^src/', pathNot: `^src/programs/${program}/` },
      to: { path: `^src/programs/${program}/` },
    })),
    {
      name: 'programs-apart-stand-on-base-alone',
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
      name: 'postgres-has-one-door',
      comment: 'The embedded server could be a package of its own.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/platform/postgres/' },
      to: { path: '^src/platform/postgres/', pathNot: '/embedded-postgres\\.ts$' },
    },
    {
      name: 'webhook-knows-no-feature',
      comment: 'Features say what they tell; whoever adds one does not change the webhooks.',
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
      name: 'features-are-used-by-their-doors',
      comment: 'Across features neither resolvers nor subscriptions.',
      severity: 'error',
      from: { path: '^src/(.+)/[^/]+$' },
      to: { path: '^src/features/.*\\.(resolver|subscription)\\.ts$', pathNot: '^src/$1/' },
    },
    {
      name: 'typeorm-stays-below',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/platform/db/|\\.entity\\.ts$' },
      to: { path: 'node_modules/typeorm/' },
    },
    {
      name: 'graphql-stays-above',
      severity: 'error',
      from: {
        path: '^src/',
        pathNot:
          '^src/platform/(operation|graphql|http)/|\\.(type|input|resolver|subscription)\\.ts$|^src/programs/(import-readings|schema)/',
      },
      to: { path: 'node_modules/(graphql|type-graphql|graphql-scalars)/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'no-orphans',
      severity: 'error',
      from: { orphan: true, pathNot: ['^src/main\\.ts$', CLI, '\\.boot\\.js$'] },
      to: {},
    },
    {
      name: 'no-dev-dependencies',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg'] },
    },
    {
      name: 'only-main-knows-app',
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
