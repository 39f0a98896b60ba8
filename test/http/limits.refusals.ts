export interface Refusal {
  title: string;
  query: string;
  variables?: Record<string, unknown>;
  operationName?: string;
  code: string;
  message: string;
  /** Path of the fault in the variables. */
  path?: string[];
}

export const nested = (depth: number): string =>
  `{ device(id: 1) ${'{ patient { devices { nodes '.repeat(Math.floor((depth - 2) / 3))}{ id }${' } } }'.repeat(Math.floor((depth - 2) / 3))} }`;
export const repeated = (count: number, part: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => part(index)).join(' ');

/** Operations that are refused before they run, on HTTP and WebSocket alike. */
export const REFUSALS: Refusal[] = [
  {
    title: 'too deep',
    query: nested(14),
    code: 'OPERATION_TOO_COMPLEX',
    message: 'Operation exceeds the limit of depth: 14 found, at most 12 allowed.',
  },
  {
    title: 'too many aliases',
    query: `{ ${repeated(31, (index) => `a${index}: __typename`)} }`,
    code: 'OPERATION_TOO_COMPLEX',
    message: 'Operation exceeds the limit of aliases: 31 found, at most 30 allowed.',
  },
  {
    title: 'too many directives',
    query: `{ ${repeated(51, () => '... @include(if: true) { __typename }')} }`,
    code: 'OPERATION_TOO_COMPLEX',
    message: 'Operation exceeds the limit of directives: 51 found, at most 50 allowed.',
  },
  {
    title: 'too many aliases in an invalid document',
    query: `{ ${repeated(31, (index) => `a${index}: nothing`)} }`,
    code: 'OPERATION_TOO_COMPLEX',
    message: 'Operation exceeds the limit of aliases: 31 found, at most 30 allowed.',
  },
  {
    title: 'too many tokens',
    query: `{ ${repeated(4_000, () => '__typename')} }`,
    code: 'OPERATION_TOO_COMPLEX',
    message: 'Operation exceeds the limit of tokens: more than 4000 found, at most 4000 allowed.',
  },
  {
    title: 'selections in too many levels',
    query: `{ ${'... { '.repeat(1_300)} __typename ${'} '.repeat(1_300)} }`,
    code: 'OPERATION_TOO_COMPLEX',
    message: 'Operation exceeds the limit of nesting: 1301 found, at most 100 allowed.',
  },
  ...(['[', '{ a: '] as const).map((opening) => ({
    title: `a value in too many levels of ${opening}`,
    query: `{ devices(filter: ${opening.repeat(990)} 1 ${(opening === '[' ? ']' : '}').repeat(990)}) { nodes { id } } }`,
    code: 'OPERATION_TOO_COMPLEX',
    message: 'Operation exceeds the limit of nesting: 991 found, at most 100 allowed.',
  })),
  {
    title: 'a type in too many levels',
    query: `query ($a: ${'['.repeat(1_900)}Int${']'.repeat(1_900)}) { device(id: $a) { id } }`,
    code: 'OPERATION_TOO_COMPLEX',
    message: 'Operation exceeds the limit of nesting: 1900 found, at most 100 allowed.',
  },
  {
    title: 'too many fields that must be compared',
    query: `{ ${repeated(1_200, () => '__typename')} }`,
    code: 'OPERATION_TOO_COMPLEX',
    message: 'Operation exceeds the limit of comparisons of fields: more than 500000 found, at most 500000 allowed.',
  },
  {
    title: 'too many bytes',
    query: `{ __typename } #${'ü'.repeat(50_000)}`,
    code: 'OPERATION_TOO_COMPLEX',
    message: 'Operation exceeds the limit of document bytes: 100016 found, at most 100000 allowed.',
  },
  {
    title: 'too costly with these variables',
    query: `query ($first: Int) { devices(first: $first) { nodes { associations(first: $first) { nodes { device { associations(first: $first) { nodes { id } } } } } } } }`,
    variables: { first: 100 },
    code: 'OPERATION_TOO_COMPLEX',
    message: expect.stringMatching(
      /^Operation exceeds the limit of cost: \d+ found, at most 30000 allowed\.$/,
    ) as string,
  },
  {
    title: 'a syntax error',
    query: '{ device(id: 1) { id }',
    code: 'GRAPHQL_PARSE_FAILED',
    message: 'Syntax Error: Expected Name, found <EOF>.',
  },
  ...(
    [
      ['on the field', 'subscription S($x: Boolean = true) { deviceStatusChanged @include(if: $x) { cursor } }'],
      ['of a required variable', 'subscription S($x: Boolean!) { deviceStatusChanged @skip(if: $x) { cursor } }'],
      ['that is constant', 'subscription S { deviceStatusChanged @include(if: true) { cursor } }'],
      ['that excludes it', 'subscription S { deviceStatusChanged @skip(if: true) { cursor } }'],
      ['on an inline fragment', 'subscription S { ... @include(if: true) { deviceStatusChanged { cursor } } }'],
      [
        'on a fragment spread',
        'subscription S { ...F @skip(if: false) } fragment F on Subscription { deviceStatusChanged { cursor } }',
      ],
      [
        'in a fragment of a fragment',
        `subscription S($x: Boolean!) { ...F } fragment F on Subscription { ... { ...G } }
         fragment G on Subscription { deviceStatusChanged @skip(if: $x) { cursor } }`,
      ],
    ] as const
  ).map(([where, query]) => ({
    title: `a subscription with a condition ${where}`,
    query,
    code: 'GRAPHQL_VALIDATION_FAILED',
    message: 'Subscription "S" must not have @skip or @include on its root field.',
  })),
  {
    title: 'a subscription with a condition beside the query that is asked for',
    query: `query Q { __typename }
      subscription S($x: Boolean!) { deviceStatusChanged @skip(if: $x) { cursor } }`,
    operationName: 'Q',
    code: 'GRAPHQL_VALIDATION_FAILED',
    message: 'Subscription "S" must not have @skip or @include on its root field.',
  },
  {
    title: 'a subscription with two fields',
    query: 'subscription { deviceStatusChanged { cursor } readingRecorded { cursor } }',
    code: 'GRAPHQL_VALIDATION_FAILED',
    message: 'Anonymous Subscription must select only one top level field.',
  },
  {
    title: 'an unknown field',
    query: '{ device(id: 1) { color } }',
    code: 'GRAPHQL_VALIDATION_FAILED',
    message: 'Cannot query field "color" on type "Device".',
  },
  {
    title: 'an unknown enum value',
    query: '{ devices(filter: { statuses: [BROKEN] }) { nodes { id } } }',
    code: 'GRAPHQL_VALIDATION_FAILED',
    message: 'Value "BROKEN" does not exist in "DeviceStatus" enum.',
  },
  {
    title: 'an unknown enum value in the variables',
    query: 'query ($status: [DeviceStatus!]) { devices(filter: { statuses: $status }) { nodes { id } } }',
    variables: { status: ['BROKEN'] },
    code: 'BAD_USER_INPUT',
    message:
      'Variable "$status" got invalid value "BROKEN" at "status[0]"; Value "BROKEN" does not exist in "DeviceStatus" enum.',
    path: ['status', '0'],
  },
  {
    title: 'a variable of the wrong type',
    query: 'query ($first: Int) { devices(first: $first) { nodes { id } } }',
    variables: { first: 'ten' },
    code: 'BAD_USER_INPUT',
    message: 'Variable "$first" got invalid value "ten"; Int cannot represent non-integer value: "ten"',
    path: ['first'],
  },
  {
    title: 'a number beyond int64',
    query: 'query ($first: Int) { devices(first: $first) { nodes { id } } }',
    variables: { first: 2 ** 63 },
    code: 'BAD_USER_INPUT',
    message:
      'Variable "$first" got invalid value 9223372036854776000; Int cannot represent non 32-bit signed integer value: 9223372036854776000',
    path: ['first'],
  },
  ...(
    [
      ['', 'query ($id: ID!) { device(id: $id) { id } }', { id: 2 ** 53 }, ['id']],
      [' of a list', 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids: ['1', 2 ** 60] }, ['ids', '1']],
      [' of a list of one', 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids: -(2 ** 53) }, ['ids']],
      [
        ' of an input',
        'query ($filter: DeviceFilter) { devices(filter: $filter) { nodes { id } } }',
        { filter: { siteIds: [1, 9_007_199_254_740_993] } }, // eslint-disable-line no-loss-of-precision
        ['filter', 'siteIds', '1'],
      ],
      [
        ' of an entry',
        'mutation ($input: DisassociateDevicesInput!) { disassociateDevices(input: $input) { refused } }',
        { input: { devices: [{ deviceId: 2 ** 60 }] } },
        ['input', 'devices', '0', 'deviceId'],
      ],
    ] as const
  ).map(([where, query, variables, path]) => ({
    title: `an id${where} that JSON has rounded`,
    query,
    variables,
    code: 'BAD_USER_INPUT',
    message: `${path.join('.')}: must be a string, because JSON rounds numbers beyond 2^53`,
    path: [...path],
  })),
  {
    title: 'a missing variable',
    query: 'query ($id: ID!) { device(id: $id) { id } }',
    code: 'BAD_USER_INPUT',
    message: 'Variable "$id" of required type "ID!" was not provided.',
    path: ['id'],
  },
  {
    title: 'an operation name that is not in the document',
    query: 'query One { __typename }',
    operationName: 'Two',
    code: 'BAD_USER_INPUT',
    message: 'The document has no operation with this operationName.',
  },
  {
    title: 'several operations without a name',
    query: 'query One { __typename } query Two { __typename }',
    code: 'BAD_USER_INPUT',
    message: 'The document has several operations. Set operationName to the one to run.',
  },
];
