import graphqlPlugin from '@graphql-eslint/eslint-plugin';

const recommended = graphqlPlugin.configs['flat/schema-recommended'].rules;
const relay = graphqlPlugin.configs['flat/schema-relay'].rules;

/** Types without identity: values, connections, edges, payloads, events. The rule itself exempts root types. */
const WITHOUT_ID = {
  types: [
    'Address',
    'ChangedDeviceIdentifier',
    'DeviceCount',
    'DeviceIdentifier',
    'Measurement',
    'MeasurementSummary',
    'OrderCount',
    'OrderLine',
    'PageInfo',
    'Parcel',
    'ReadingTrendPoint',
    'RecordReadingResult',
    'UserError',
    'Viewer',
  ],
  suffixes: ['Connection', 'Edge', 'Payload', 'Actor', 'ChangedEvent', 'RecordedEvent'],
};

export default [
  {
    files: ['**/*.graphql'],
    plugins: { '@graphql-eslint': graphqlPlugin },
    languageOptions: { parser: graphqlPlugin.parser, parserOptions: { graphQLConfig: { schema: './schema.graphql' } } },
    rules: {
      ...recommended,
      ...relay,
      // Connections have `nodes` in addition to `edges`, as in GitHub's API.
      '@graphql-eslint/relay-edge-types': ['error', { listTypeCanWrapOnlyEdgeType: false }],
      '@graphql-eslint/strict-id-in-types': [
        'error',
        { acceptedIdNames: ['id'], acceptedIdTypes: ['ID'], exceptions: WITHOUT_ID },
      ],
      '@graphql-eslint/no-hashtag-description': 'off', // the first line says how the file is generated
    },
  },
];
