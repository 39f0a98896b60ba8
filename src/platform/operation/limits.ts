import {
  GraphQLError,
  Kind,
  parse,
  visit,
  type ASTNode,
  type DocumentNode,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import { defineLimit, noteLimitReached } from '../base/limit';
import { Measurement, type OperationMeasures } from './limits.measure';
import { withDefaults, type RawVariables } from './limits.sizes';

/**
 * Limits of one operation, the same on every transport. Each limit is the largest allowed value.
 *
 * Examples for maxCost, with a few scalars of each object: 50 devices with site, patient and current association cost about 220;
 * 100 devices with ten changes each and the objects that these reference, a few thousand; 100 devices with a full page of 100
 * associations each, 11,000; 50 patients with their latest readings and a chart of 30 days, 10,000; recording and returning 1,000
 * readings, 19,000. Three nested full pages would cost a million. A result with 25,000 objects is about 10 MB.
 */
export const DEFAULT_LIMITS = {
  /** Introspection has its own limit. */
  maxDepth: defineLimit('depth', {
    value: 12,
    unit: 'fields',
    description: 'Number of fields on the longest path from the root.',
  }),
  maxAliases: defineLimit('aliases', {
    value: 30,
    unit: 'fields with an alias',
    description: 'Number of aliases in the operation after fragments are expanded.',
  }),
  maxDirectives: defineLimit('directives', {
    value: 50,
    unit: 'directives',
    description: 'Number of directives in the operation after fragments are expanded.',
  }),
  /** Comments do not count. */
  maxTokens: defineLimit('tokens', {
    value: 4_000,
    unit: 'tokens',
    description: 'Number of lexical tokens in the document: names, values and punctuators.',
  }),
  /** Parser and visitors call themselves for each level, so that more of them would exceed the stack. */
  maxNesting: defineLimit('nesting', {
    value: 100,
    unit: 'levels',
    description:
      'Number of brackets and braces that are open at one place of the document. Fields have their own limit, see depth.',
  }),
  maxDocumentBytes: defineLimit('document bytes', {
    value: 100_000,
    unit: 'bytes of UTF-8',
    description: 'Size of the document.',
  }),
  /** See Measurement. */
  maxCost: defineLimit('cost', {
    value: 30_000,
    unit: 'objects',
    description:
      'Approximate number of objects in the result. Page sizes multiply, a chart costs its buckets, a mutation costs 10 for each row, a scalar costs 0.1. See below.',
  }),
};

export type Limits = typeof DEFAULT_LIMITS;

// Only the message of graphql-js distinguishes the token limit from other syntax errors. The misspelling is theirs; a test fails
// if it changes. Anchored because other messages quote the document.
const TOKEN_LIMIT_MESSAGE = /^Syntax Error: Document contains more that \d+ tokens\./;

/**
 * Parses a document within the limits of size.
 *
 * @throws GraphQLError  OPERATION_TOO_COMPLEX for too many bytes, before parsing, for too many tokens, at the first token
 *   beyond the limit, or for too many levels; GRAPHQL_PARSE_FAILED with the location for a syntax error
 */
export function parseWithLimits(source: string, limits: Limits): DocumentNode {
  const bytes = Buffer.byteLength(source, 'utf8');
  if (bytes > limits.maxDocumentBytes) throw tooComplex('document bytes', bytes, limits.maxDocumentBytes);
  const document = parseTokens(source, limits);
  const nesting = nestingOf(document);
  if (nesting > limits.maxNesting) throw tooComplex('nesting', nesting, limits.maxNesting);
  return document;
}

function parseTokens(source: string, limits: Limits): DocumentNode {
  try {
    return parse(source, { maxLexicalTokens: limits.maxTokens });
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    if (TOKEN_LIMIT_MESSAGE.test(error.message)) {
      throw tooComplex('tokens', `more than ${limits.maxTokens}`, limits.maxTokens);
    }
    throw new GraphQLError(error.message, {
      source: error.source,
      positions: error.positions,
      extensions: { code: 'GRAPHQL_PARSE_FAILED' },
    });
  }
}

/** Levels of selections, values and types. `visit` has a stack of its own. */
function nestingOf(document: DocumentNode): number {
  let level = 0;
  let deepest = 0;
  const nested = {
    enter() {
      level += 1;
      deepest = Math.max(deepest, level);
    },
    leave() {
      level -= 1;
    },
  };
  visit(document, { SelectionSet: nested, ListValue: nested, ObjectValue: nested, ListType: nested });
  return deepest;
}

/** As graphql-js counts them, which makes it a limit that is not configured. */
const MAX_COMPARISONS = defineLimit('comparisons of fields', {
  value: 500_000,
  unit: 'comparisons',
  description:
    'Approximate number of comparisons of fields with the same name in the result, which must have the same arguments. About 700 times the same field.',
});

/** graphql-js stops a validation at a limit of its own with this message only; a test fails if it changes. */
const COMPARISONS_MESSAGE = 'Validation aborted.';

/** Gives an error of the validation its code. */
export function refusalOfValidation({ message, nodes, extensions }: GraphQLError): GraphQLError {
  return message === COMPARISONS_MESSAGE
    ? tooComplex('comparisons of fields', `more than ${MAX_COMPARISONS}`, MAX_COMPARISONS)
    : new GraphQLError(message, { nodes, extensions: { code: 'GRAPHQL_VALIDATION_FAILED', ...extensions } });
}

/**
 * Checks depth, aliases and directives of each operation. Returns one OPERATION_TOO_COMPLEX error for each exceeded limit.
 * graphql-js' MaxIntrospectionDepthRule, one of specifiedRules, limits introspection, which the depth does not count. An
 * invalid document is allowed, so this runs before the validation rules, which a large document makes slow.
 */
export function exceededLimits(schema: GraphQLSchema, document: DocumentNode, limits: Limits): GraphQLError[] {
  const measurement = new Measurement(schema, document);
  const errors = new Map<string, GraphQLError>();
  for (const operation of document.definitions) {
    if (operation.kind !== Kind.OPERATION_DEFINITION) continue;
    const { depth, aliases, directives } = measurement.of(operation);
    const checks = [
      ['depth', depth, limits.maxDepth],
      ['aliases', aliases, limits.maxAliases],
      ['directives', directives, limits.maxDirectives],
    ] as const;
    for (const [limit, found, maximum] of checks) {
      if (found > maximum && !errors.has(limit)) errors.set(limit, tooComplex(limit, found, maximum, operation));
    }
  }
  return [...errors.values()];
}

/** Measures an operation with its variables. The result differs between executions of one document. */
export function measureOperation(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: RawVariables,
): OperationMeasures {
  return new Measurement(schema, document, withDefaults(operation, variables)).of(operation);
}

/** @throws GraphQLError  OPERATION_TOO_COMPLEX */
export function assertCost(cost: number, { maxCost }: Limits): void {
  if (cost > maxCost) throw tooComplex('cost', cost, maxCost);
}

function tooComplex(limit: string, found: number | string, maximum: number, node?: ASTNode): GraphQLError {
  noteLimitReached(limit);
  return new GraphQLError(`Operation exceeds the limit of ${limit}: ${found} found, at most ${maximum} allowed.`, {
    nodes: node,
    extensions: { code: 'OPERATION_TOO_COMPLEX' },
  });
}
