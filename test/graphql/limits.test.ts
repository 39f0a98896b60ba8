import { getIntrospectionQuery, GraphQLError, parse, specifiedRules, validate } from 'graphql';
import { DEFAULT_LIMITS, exceededLimits, parseWithLimits } from '../../src/platform/operation/limits';
import { countVisits } from './counted-selections';
import { schema } from './limits.schema';

const TOO_COMPLEX = 'OPERATION_TOO_COMPLEX';

function refusal(run: () => unknown): GraphQLError {
  try {
    run();
  } catch (error) {
    if (error instanceof GraphQLError) return error;
    throw error;
  }
  throw new Error('was not refused');
}

/** Errors of all validation rules and limits. */
function errorsOf(source: string): { code: unknown; message: string }[] {
  const document = parse(source);
  const errors = [...validate(schema, document, specifiedRules), ...exceededLimits(schema, document, DEFAULT_LIMITS)];
  return errors.map(({ extensions, message }) => ({ code: extensions.code, message }));
}

function exceeded(limit: string, found: number, maximum: number): { code: string; message: string } {
  const message = `Operation exceeds the limit of ${limit}: ${found} found, at most ${maximum} allowed.`;
  return { code: TOO_COMPLEX, message };
}

describe('parseWithLimits', () => {
  const sized = (bytes: number): string => {
    const body = '{version}#';
    return body + 'é'.repeat((bytes - body.length) / 2);
  };

  it('accepts a document of exactly 100,000 bytes of UTF-8 and refuses two bytes more', () => {
    expect(parseWithLimits(sized(100_000), DEFAULT_LIMITS).definitions).toHaveLength(1);
    const error = refusal(() => parseWithLimits(sized(100_002), DEFAULT_LIMITS));
    expect({ code: error.extensions.code, message: error.message }).toEqual(
      exceeded('document bytes', 100_002, 100_000),
    );
  });

  it('accepts 4,000 tokens and refuses one more', () => {
    const tokens = (count: number): string => `{${'version '.repeat(count - 2)}}`;
    expect(parseWithLimits(tokens(4_000), DEFAULT_LIMITS).definitions).toHaveLength(1);
    const error = refusal(() => parseWithLimits(tokens(4_001), DEFAULT_LIMITS));
    expect(error.extensions).toEqual({ code: TOO_COMPLEX });
    expect(error.message).toBe('Operation exceeds the limit of tokens: more than 4000 found, at most 4000 allowed.');
  });

  it('reports the location of a syntax error', () => {
    const error = refusal(() => parseWithLimits('{\n  device(id: ) { id }\n}', DEFAULT_LIMITS));
    expect(error.toJSON()).toEqual({
      message: 'Syntax Error: Unexpected ")".',
      locations: [{ line: 2, column: 14 }],
      extensions: { code: 'GRAPHQL_PARSE_FAILED' },
    });
  });

  it('reports a syntax error for a document that quotes the message of the token limit', () => {
    const source = '{ "Document contains more that 4000 tokens. Parsing aborted." }';
    expect(refusal(() => parseWithLimits(source, DEFAULT_LIMITS)).extensions.code).toBe('GRAPHQL_PARSE_FAILED');
  });
});

describe('depth', () => {
  // Repeats site → devices → nodes: 1 + 3 * times levels, plus those of `innermost`.
  const nested = (times: number, innermost: string): string =>
    `device { ${'site { devices { nodes { '.repeat(times)} ${innermost} ${'} } } '.repeat(times)} }`;

  it('accepts 12 levels and refuses 13', () => {
    expect(errorsOf(`{ ${nested(3, 'site { id }')} }`)).toEqual([]);
    expect(errorsOf(`{ ${nested(3, 'site { devices { totalCount } }')} }`)).toEqual([exceeded('depth', 13, 12)]);
  });

  it('counts fields in named and inline fragments, which add no level themselves', () => {
    const below = (innermost: string): string => `
      { ... on Query { ... { device { ...D } } } }
      fragment D on Device { ... on Node { ... on Device { site { devices { nodes { ...E } } } } } }
      fragment E on Device { site { devices { nodes { site { devices { nodes { ${innermost} } } } } } } }`;
    expect(errorsOf(below('site { id }'))).toEqual([]);
    expect(errorsOf(below('site { devices { totalCount } }'))).toEqual([exceeded('depth', 13, 12)]);
  });

  it('checks every operation of a document and reports the limit once', () => {
    const deep = nested(4, 'id');
    expect(errorsOf(`query A { version } query B { ${deep} } query C { ${deep} }`)).toEqual([
      exceeded('depth', 14, 12),
    ]);
  });

  it('reports each exceeded limit', () => {
    const aliases = Array.from({ length: 31 }, (_, i) => `a${i}: id`).join(' ');
    expect(errorsOf(`{ ${nested(4, aliases)} }`)).toEqual([exceeded('depth', 14, 12), exceeded('aliases', 31, 30)]);
  });
});

describe('aliases', () => {
  const aliases = (count: number): string => Array.from({ length: count }, (_, i) => `a${i}: id`).join(' ');

  it('accepts 30 and refuses 31, not counting an alias that equals the field name', () => {
    expect(errorsOf(`{ device { id: id ${aliases(30)} } }`)).toEqual([]);
    expect(errorsOf(`{ device { ${aliases(31)} } }`)).toEqual([exceeded('aliases', 31, 30)]);
  });

  it('counts a fragment each time it is spread', () => {
    const spread = (inFragment: number, onTop: number): string => `
      { device { ...A ${aliases(onTop)} patient { devices { nodes { ...A } } } } }
      fragment A on Device { ... on Device { ${aliases(inFragment)} } }`;
    expect(errorsOf(spread(15, 0))).toEqual([]);
    expect(errorsOf(spread(15, 1))).toEqual([exceeded('aliases', 31, 30)]);
  });
});

describe('directives', () => {
  it('accepts 50 and refuses 51', () => {
    expect(errorsOf(`{ version ${'@mark '.repeat(50)} }`)).toEqual([]);
    expect(errorsOf(`{ version ${'@mark '.repeat(51)} }`)).toEqual([exceeded('directives', 51, 50)]);
  });

  it('counts directives on operations, variables, fields, spreads and fragments, and each repetition', () => {
    const source = (more: string): string => `
      query ($id: ID @mark) @mark ${more} {
        device(id: $id) @include(if: true) { ...A @mark ... on Device @mark { ...A } }
      }
      fragment A on Device @mark { id ${'@mark '.repeat(20)} }`;
    // 5 outside the fragment and 21 in it, which is spread twice.
    expect(errorsOf(source('@mark '.repeat(3)))).toEqual([]);
    expect(errorsOf(source('@mark '.repeat(4)))).toEqual([exceeded('directives', 51, 50)]);
  });
});

describe('introspection', () => {
  const options = [
    {},
    {
      descriptions: true,
      specifiedByUrl: true,
      directiveIsRepeatable: true,
      schemaDescription: true,
      inputValueDeprecation: true,
      experimentalDirectiveDeprecation: true,
      oneOf: true,
    },
    { descriptions: false, typeDepth: 30 },
  ];

  it.each(options)('accepts the standard query with %j', (option) => {
    const source = getIntrospectionQuery(option);
    expect(parseWithLimits(source, DEFAULT_LIMITS).definitions.length).toBeGreaterThan(0);
    expect(exceededLimits(schema, parse(source), DEFAULT_LIMITS)).toEqual([]);
  });

  it('leaves nested lists to MaxIntrospectionDepthRule', () => {
    const source = '{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }';
    expect(errorsOf(source)).toEqual([{ code: undefined, message: 'Maximum introspection depth exceeded' }]);
  });
});

describe('hostile documents', () => {
  const fragments = (count: number, content: (index: number) => string): string =>
    Array.from({ length: count }, (_, i) => `fragment F${i} on Query { ${content(i)} }`).join('\n');

  /** Messages of the exceeded limits. Each selection set must be visited exactly once. */
  function measured(source: string): string[] {
    const { document, sets, visits } = countVisits(parseWithLimits(source, DEFAULT_LIMITS));
    const errors = exceededLimits(schema, document, DEFAULT_LIMITS);
    expect(visits()).toBe(sets);
    return errors.map(({ message }) => message);
  }

  it('refuses 30 fragments that each spread the next twice', () => {
    const bomb = fragments(30, (i) => (i < 29 ? `...F${i + 1} ...F${i + 1}` : 'v: version'));
    expect(measured(`{ ...F0 } ${bomb}`)).toEqual([exceeded('aliases', 2 ** 29, 30).message]);
  });

  it('counts up to the largest safe integer', () => {
    const bomb = fragments(230, (i) => (i < 229 ? `...F${i + 1} `.repeat(5) : 'v: version'));
    expect(measured(`{ ...F0 } ${bomb}`)).toEqual([exceeded('aliases', Number.MAX_SAFE_INTEGER, 30).message]);
  });

  it('terminates on recursive and unknown fragments, and leaves them to the validation rules', () => {
    const cycle = 'fragment F0 on Query { ...F1 ...Nowhere } fragment F1 on Query { version ...F0 ...F1 }';
    expect(measured(`{ ...F0 ...F1 } ${cycle}`)).toEqual([]);
    expect(errorsOf(`{ ...F0 ...F1 } ${cycle}`).map(({ message }) => message)).toEqual(
      expect.arrayContaining([
        'Unknown fragment "Nowhere".',
        'Cannot spread fragment "F0" within itself via "F1".',
        'Cannot spread fragment "F1" within itself.',
      ]),
    );
  });

  it('does not overflow the stack with the deepest nesting that the limits allow', () => {
    expect(measured(`${'{ a '.repeat(100)} ${'} '.repeat(100)}`)).toEqual([exceeded('depth', 100, 12).message]);
    const chain = fragments(480, (i) => (i < 479 ? `...F${i + 1}` : 'version'));
    expect(measured(`{ ...F0 } ${chain}`)).toEqual([]);
  });
});
