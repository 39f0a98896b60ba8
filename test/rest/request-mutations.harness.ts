import fc from 'fast-check';
import { MARKER } from './generated-texts.harness';
import { bodySchemaOf, headerText, parametersIn, type GeneratedRequest } from './generated-requests.harness';

/** A change of a request that the document allows. */
export interface Mutation {
  name: string;
  /** What the change alone implies, where the document's schemas do not say it. */
  status?: readonly number[];
  apply: (request: GeneratedRequest) => GeneratedRequest;
}

type Body = (value: unknown) => string;

const deep = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);

/** JSON texts that are odd wherever they are. */
const ODD_JSON = [
  'null',
  'true',
  '0',
  '-1',
  '-0',
  '1.0',
  '0.5',
  '1e400',
  '-1e400',
  '1e-400',
  '2147483648',
  '9007199254740992',
  '9223372036854775808',
  '12345678901234567890',
  '[]',
  '{}',
  '[[]]',
  '[null]',
  '""',
  '" "',
  '"0"',
  '"true"',
  '"null"',
  `"${MARKER}"`,
  `["${MARKER}"]`,
  `{"${MARKER}":"${MARKER}"}`,
  `"${MARKER}\\u0000"`,
  `"${MARKER}\\ud800"`,
  `"${MARKER}\\u202e\\ufeff\\u2028"`,
  `"${MARKER}'; drop table device; --"`,
  `"${MARKER}\${7*7}{{7*7}}%s%n"`,
  `"../../${MARKER}"`,
  '"2026-13-45"',
  '"2026-02-30"',
  '"2026-02-30T00:00:00Z"',
  '"2026-01-01"',
  '"2026-01-01T00:00:00"',
  '"2026-01-01T24:00:00Z"',
  '"2026-01-01T00:00:00.123456789Z"',
  '"0000-01-01T00:00:00Z"',
  '"9999-12-31T23:59:59Z"',
  '"+292278994-08-17T07:12:55Z"',
  `"http://${MARKER}@127.0.0.1:1/"`,
  `"javascript:${MARKER}"`,
  deep(50),
  `{"a":${deep(20)}}`,
];
/** Bodies that are odd as a whole. */
const ODD_BODIES = [
  ...ODD_JSON,
  '',
  ' ',
  '{',
  '}',
  '{"a":1,}',
  `{${MARKER}: 1}`,
  `\ufeff{}`,
  'NaN',
  deep(5_000),
  '{}{}',
  '[{}]',
  `{"__proto__":{"${MARKER}":1}}`,
  `{"constructor":{"prototype":{"${MARKER}":1}}}`,
];
const ODD_TEXTS = [
  '',
  ' ',
  '0',
  '-1',
  '+1',
  '01',
  '1.0',
  '1e3',
  '0x1',
  ' 1',
  '1 ',
  '1,2',
  '1\0',
  '\u0661',
  '12345678901234567890',
  '9007199254740993',
  'null',
  'undefined',
  'NaN',
  'true',
  'TRUE',
  '[]',
  '..%2f..',
  '%00',
  '2026-02-30',
  '2026-13-01T00:00:00Z',
  MARKER,
  `${MARKER}\0`,
  `${MARKER}\ufffd`,
  `${MARKER}'"; --`,
  MARKER.repeat(13),
  MARKER.repeat(17),
  MARKER.repeat(400),
  '\u{1f4a9}',
];
const ODD_NAMES = ['unknown', '', 'ID', '__proto__', 'constructor', 'toString', 'id[]', 'id.id', MARKER];
const JSON_TYPE = 'application/json';

/** Numbers of a schema and their neighbors, as JSON: bounds of values, and texts and lists of the bounds' length. */
function neighborsOf(schema: unknown): string[] {
  const found = new Set<string>();
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [keyword, inner] of Object.entries(value)) {
      if (typeof inner !== 'number') visit(inner);
      else
        for (const near of [inner - 1, inner, inner + 1]) {
          if (/imum$/i.test(keyword)) found.add(String(near));
          else if (near < 0 || near > 100_000) continue;
          else if (/Length$/.test(keyword)) found.add(JSON.stringify(MARKER.repeat(near).slice(0, near)));
          else if (/Items$/.test(keyword)) found.add(`[${Array.from({ length: near }, () => 1).join()}]`);
        }
    }
  };
  visit(schema);
  return [...found];
}

/** Places in a JSON value, that of the whole first. */
function placesOf(value: unknown, place: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [place];
  return [place, ...Object.entries(value).flatMap(([name, inner]) => placesOf(inner, [...place, name]))];
}

/** The JSON text of a value with another text at a place; undefined leaves the member out. */
function withText(value: unknown, [name, ...rest]: readonly string[], text: string | undefined): string | undefined {
  if (name === undefined) return text;
  const members = Object.entries(value as object).map(([key, inner]): [string, string | undefined] => [
    key,
    key === name ? withText(inner, rest, text) : JSON.stringify(inner),
  ]);
  const present = members.filter(([, inner]) => inner !== undefined);
  return Array.isArray(value)
    ? `[${present.map(([, inner]) => inner).join()}]`
    : `{${present.map(([key, inner]) => `${JSON.stringify(key)}:${inner}`).join()}}`;
}

const body =
  (name: string, change: Body): ((request: GeneratedRequest) => Mutation) =>
  () => ({
    name,
    apply: (request) => ({ ...request, body: change(JSON.parse(request.body!)) }),
  });
const header = (name: string, value: string | undefined, status?: readonly number[]): Mutation => ({
  name: `header ${name}: ${value?.slice(0, 60)}`,
  status,
  apply: ({ headers: { [name]: _old, ...headers }, ...request }) => ({
    ...request,
    headers: value === undefined ? headers : { ...headers, [name]: headerText(value) },
  }),
});

/** @param components the schemas that the operation's own refer to */
export function mutationsOf(request: GeneratedRequest, components: object): fc.Arbitrary<Mutation> {
  const { operation } = request;
  const schema = bodySchemaOf(operation);
  const kinds: fc.Arbitrary<Mutation>[] = [ofHeaders(request), ofCredential(), ofMethod(), ofQuery(request)];
  const paths = parametersIn(operation, 'path').map(({ name }) => name);
  if (paths.length > 0)
    kinds.push(
      // An empty part is another path.
      fc
        .record({ name: fc.constantFrom(...paths), text: fc.constantFrom(...ODD_TEXTS.filter((text) => text !== '')) })
        .map(({ name, text }) => ({
          name: `path ${name}`,
          apply: (valid) => ({ ...valid, path: { ...valid.path, [name]: text } }),
        })),
    );
  if (schema) kinds.push(...ofBody(request, neighborsOf([schema, components])));
  return fc.oneof(...kinds);
}

function ofBody(request: GeneratedRequest, neighbors: readonly string[]): fc.Arbitrary<Mutation>[] {
  const places = placesOf(JSON.parse(request.body!));
  const inner = places.filter((place) => place.length > 0);
  const odd = fc.oneof(
    fc.constantFrom(...ODD_JSON),
    ...(neighbors.length > 0 ? [fc.constantFrom(...neighbors)] : []),
    fc.json({ maxDepth: 2 }),
  );
  const replaced =
    inner.length === 0
      ? []
      : [
          fc
            .tuple(fc.constantFrom(...inner), odd)
            .map(([place, text]) => body(`body ${place.join('.')}`, (value) => withText(value, place, text)!)(request)),
          fc
            .constantFrom(...inner)
            .map((place) =>
              body(`body without ${place.join('.')}`, (value) => withText(value, place, undefined)!)(request),
            ),
        ];
  const added = fc.tuple(fc.constantFrom(...ODD_NAMES), odd).map(([name, text]) =>
    body(`body with ${name}`, (value) => {
      const json = JSON.stringify(value);
      return json.startsWith('{')
        ? `{${JSON.stringify(name)}:${text}${json === '{}' ? '}' : `,${json.slice(1)}`}`
        : text;
    })(request),
  );
  const whole = fc.constantFrom(...ODD_BODIES).map((text) => body('whole body', () => text)(request));
  const large = fc.constant<Mutation>({
    name: 'large body',
    status: [413],
    apply: (valid) => ({ ...valid, body: `{"${MARKER}":"${'x'.repeat(1_048_600)}"}` }),
  });
  const missing = fc.constant<Mutation>({ name: 'no body', apply: (valid) => ({ ...valid, body: undefined }) });
  return [
    ...replaced.map((arbitrary) => ({ weight: 4, arbitrary })),
    { weight: 2, arbitrary: added },
    {
      weight: 2,
      arbitrary: fc.oneof({ weight: 8, arbitrary: whole }, { weight: 1, arbitrary: fc.oneof(large, missing) }),
    },
  ].flatMap(({ weight, arbitrary }) => Array.from({ length: weight }, () => arbitrary));
}

function ofQuery({ operation, query }: GeneratedRequest): fc.Arbitrary<Mutation> {
  const names = [...parametersIn(operation, 'query').map(({ name }) => name), ...ODD_NAMES];
  const neighbors = neighborsOf(parametersIn(operation, 'query')).map((text) => String(JSON.parse(text)));
  const texts = fc.constantFrom(...ODD_TEXTS, ...neighbors, ...query.map(([, value]) => value));
  return fc
    .record({
      name: fc.constantFrom(...names),
      values: fc.array(texts, { minLength: 1, maxLength: 3 }),
      adds: fc.boolean(),
    })
    .map(({ name, values, adds }) => ({
      name: `query ${name}`,
      apply: (valid) => ({
        ...valid,
        query: [
          ...valid.query.filter(([given]) => adds || given !== name),
          ...values.map((value): [string, string] => [name, value]),
        ],
      }),
    }));
}

function ofHeaders({ body: text }: GeneratedRequest): fc.Arbitrary<Mutation> {
  const always = [
    header('accept', 'application/xml', [406]),
    header('accept', 'application/*;q=0', [406]),
    header('accept', '*/*'),
    header('accept', MARKER),
    header('accept', 'application/problem+json;q=0.1, text/html'),
    header('idempotency-key', ''),
    header('idempotency-key', `${MARKER}é`),
    header('idempotency-key', MARKER.repeat(43)),
    header('x-request-id', MARKER),
    header('traceparent', MARKER),
    header('accept-language', MARKER.repeat(100)),
    header('if-none-match', '*'),
    header('range', 'bytes=0-1'),
    header('expect', MARKER),
  ];
  const withBody = [
    header('content-type', undefined, [415]),
    header('content-type', 'text/plain', [415]),
    header('content-type', 'application/xml', [415]),
    header('content-type', 'application/x-www-form-urlencoded', [415]),
    header('content-type', `multipart/form-data; boundary=${MARKER}`, [415]),
    header('content-type', `${JSON_TYPE}; charset=utf-16`, [415]),
    header('content-type', `${JSON_TYPE}; charset="utf-8"`),
    header('content-type', 'APPLICATION/JSON'),
    header('content-type', `${JSON_TYPE}; ${MARKER}`),
    header('content-type', MARKER, [415]),
    header('content-type', ',;=/', [415]),
    header('content-encoding', 'gzip', [400]),
    header('content-encoding', MARKER, [415]),
    header('content-encoding', 'identity'),
  ];
  return fc.constantFrom(...always, ...(text === undefined ? [] : withBody));
}

function ofCredential(): fc.Arbitrary<Mutation> {
  const none: Mutation = { name: 'no credential', status: [401], apply: (valid) => ({ ...valid, caller: undefined }) };
  const inQuery: Mutation = {
    name: 'credential in the query',
    status: [401],
    apply: (valid) => ({ ...valid, caller: undefined, query: [...valid.query, ['api_key', `${MARKER}-key`]] }),
  };
  return fc.oneof(
    fc.constantFrom(none, inQuery),
    fc.constantFrom(MARKER, 'Bearer', `Bearer ${MARKER}`, `Basic ${MARKER}`, 'Bearer a.b.c').map((value): Mutation => {
      const other = header('authorization', value, [401]);
      return { ...other, apply: (valid) => ({ ...other.apply(valid), caller: undefined }) };
    }),
  );
}

function ofMethod(): fc.Arbitrary<Mutation> {
  return fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'TRACE').map((method) => ({
    name: `method ${method}`,
    apply: (valid) => ({ ...valid, method }),
  }));
}
