import graphqlPlugin from '@graphql-eslint/eslint-plugin';

const recommended = graphqlPlugin.configs['flat/schema-recommended'].rules;
const relay = graphqlPlugin.configs['flat/schema-relay'].rules;

/** Things without an identity: values, connections, edges, payloads, events. The root types are exempt by the rule itself. */
const WITHOUT_ID = {
  types: [
    'Address',
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
      // Connections have `nodes` beside `edges`, as GitHub's do: a list of nodes is no list of edges.
      '@graphql-eslint/relay-edge-types': ['error', { listTypeCanWrapOnlyEdgeType: false }],
      '@graphql-eslint/strict-id-in-types': [
        'error',
        { acceptedIdNames: ['id'], acceptedIdTypes: ['ID'], exceptions: WITHOUT_ID },
      ],
      '@graphql-eslint/no-hashtag-description': 'off', // the first line says how the file is made
    },
  },
];
