/** Imports run one way; the order of the rooms is that of the list. */
const rooms = [
  'shared',
  'import',
  'webhook-receiver',
  'db',
  'event',
  'access',
  'request',
  'viewer',
  'item',
  'site',
  'patient',
  'device',
  'reading',
  'order',
  'webhook',
  'demo',
  'graphql',
  'http',
];
/** They run beside a gateway or without one. */
const programs = ['import', 'webhook-receiver'];
const feature = '^src/(viewer|item|site|patient|device|reading|order|webhook)/';

const oneWay = rooms.map((room, index) => ({
  name: `${room}-imports-lower-rooms-only`,
  severity: 'error',
  from: { path: `^src/${room}/`, pathNot: '\\.cli\\.ts$' },
  to: { path: `^src/(${[...rooms.slice(index + 1), '[^/]+\\.ts'].join('|')})(/|$)` },
}));

module.exports = {
  forbidden: [
    ...oneWay,
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    ...programs.map((program) => ({
      name: `${program}-is-a-program-of-its-own`,
      comment: 'It is what a customer could write: of the gateway it knows what everybody may, and nobody knows it.',
      severity: 'error',
      from: { path: '^src/', pathNot: `^src/${program}/` },
      to: { path: `^src/${program}/` },
    })),
    {
      name: 'webhook-knows-no-feature',
      comment: 'Features say what they tell; whoever adds one does not change the webhooks.',
      severity: 'error',
      from: { path: '^src/webhook/' },
      to: { path: '^src/(item|site|patient|device|reading|order)/' },
    },
    {
      name: 'features-are-used-by-their-doors',
      comment:
        'Across features only entity (as a type), type, input, loader, service, repository, reference and rules.',
      severity: 'error',
      from: { path: '^src/([^/]+)/', pathNot: '^src/graphql/schema\\.ts$' },
      to: { path: `${feature}.*\\.(resolver|subscription)\\.ts$`, pathNot: '^src/$1/' },
    },
    {
      name: 'typeorm-stays-below',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(db|event)/|\\.entity\\.ts$|\\.repository\\.ts$' },
      to: { path: 'node_modules/typeorm/' },
    },
    {
      name: 'graphql-stays-above',
      severity: 'error',
      from: {
        path: '^src/',
        pathNot: '^src/(graphql|http)/|\\.(type|input|resolver|subscription)\\.ts$',
      },
      to: { path: 'node_modules/(graphql|type-graphql|graphql-scalars)/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'no-orphans',
      severity: 'error',
      from: { orphan: true, pathNot: ['^src/(main|.*cli)\\.ts$', '\\.boot\\.js$'] },
      to: {},
    },
    {
      name: 'no-dev-dependencies',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg'] },
    },
    {
      name: 'only-main-and-app-know-all',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(main|app)\\.ts$' },
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
