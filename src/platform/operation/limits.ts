import {
  GraphQLError,
  Kind,
  parse,
  type ASTNode,
  type DocumentNode,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import { defineLimit } from '../base/limit';
import { Measurement, type OperationMeasures } from './limits.measure';
import { withDefaults, type RawVariables } from './limits.sizes';

/**
 * What one operation may be, the same on every transport. Each bound is the largest value that passes.
 *
 * maxCost: 50 devices each with site, patient and current association come to 201, 100 devices each with ten changes and
 * what these name to a few thousand, 100 devices each with a full page of 100 associations to 10,201; 50 patients each with
 * their latest readings and a chart of 30 days to 8,251; 1,000 readings that are recorded and returned whole to 16,000.
 * Three full pages within each other would be a million. At 25,000 objects a result is about 10 MB.
 */
export const DEFAULT_LIMITS = {
  /** Introspection has its own bound. */
  maxDepth: defineLimit('depth', {
    value: 12,
    unit: 'fields',
    description: 'Fields on the longest path from the root.',
  }),
  maxAliases: defineLimit('aliases', {
    value: 30,
    unit: 'fields with an alias',
    description: 'In the operation with its fragments put in.',
  }),
  maxDirectives: defineLimit('directives', { value: 50, unit: 'directives', description: 'Likewise.' }),
  /** Comments do not count. */
  maxTokens: defineLimit('tokens', { value: 4_000, unit: 'tokens', description: 'Words and signs of the document.' }),
  maxDocumentBytes: defineLimit('document bytes', {
    value: 100_000,
    unit: 'bytes of UTF-8',
    description: 'Size of the document.',
  }),
  /** See Measurement. */
  maxCost: defineLimit('cost', {
    value: 25_000,
    unit: 'objects',
    description:
      'About the objects that the answer may hold: page sizes multiply, a chart is its buckets, a mutation 10 for each row.',
  }),
};

export type Limits = typeof DEFAULT_LIMITS;

// graphql-js says only by its message that it was the token limit and no other syntax error. The spelling is theirs; a
// test fails if it changes. Anchored, for other messages quote the document.
const TOKEN_LIMIT_MESSAGE = /^Syntax Error: Document contains more that \d+ tokens\./;

/**
 * Parses a document within the limits of size.
 *
 * @throws GraphQLError  OPERATION_TOO_COMPLEX for too many bytes, before anything is parsed, or too many tokens, as soon
 *   as the first beyond the limit is met; GRAPHQL_PARSE_FAILED with the location for a syntax error
 */
export function parseWithLimits(source: string, limits: Limits): DocumentNode {
  const bytes = Buffer.byteLength(source, 'utf8');
  if (bytes > limits.maxDocumentBytes) throw tooComplex('document bytes', bytes, limits.maxDocumentBytes);
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

/**
 * Looks at depth, aliases and directives of each operation: one error per limit that is exceeded, code
 * OPERATION_TOO_COMPLEX. graphql-js' MaxIntrospectionDepthRule, one of specifiedRules, bounds what depth leaves out. It
 * stands a document that is not valid, so it may be asked before the rules that a large one makes slow.
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

/** What an operation comes to with these variables; it differs from one execution of a document to the next. */
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
  return new GraphQLError(`Operation exceeds the limit of ${limit}: ${found} found, at most ${maximum} allowed.`, {
    nodes: node,
    extensions: { code: 'OPERATION_TOO_COMPLEX' },
  });
}
