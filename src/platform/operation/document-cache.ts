import {
  GraphQLError,
  NoSchemaIntrospectionCustomRule,
  SingleFieldSubscriptionsRule,
  specifiedRules,
  VariablesInAllowedPositionRule,
  validate,
  type DocumentNode,
  type GraphQLSchema,
  type ValidationRule,
} from 'graphql';
import { LRUCache } from 'lru-cache';
import { singleFieldSubscriptions } from './subscription-rule';
import { variablesInAllowedPosition } from './variables-rule';
import { exceededLimits, parseWithLimits, type Limits } from './limits';

export interface DocumentCacheOptions {
  schema: GraphQLSchema;
  limits: Limits;
  introspection: boolean;
  /** Maximum size of all cached documents. Default 64 MiB: about 450 documents of 300 tokens. */
  maxBytes?: number;
}

/** Rules that replace those of graphql-js. */
const OWN_RULES = new Map<ValidationRule, ValidationRule>([
  [VariablesInAllowedPositionRule, variablesInAllowedPosition],
  [SingleFieldSubscriptionsRule, singleFieldSubscriptions],
]);
const RULES = specifiedRules.map((rule) => OWN_RULES.get(rule) ?? rule);

/** A document that may be executed, or the errors that refuse it. */
export type CheckedDocument =
  | { readonly document: DocumentNode; readonly isCached: boolean }
  | { readonly errors: readonly GraphQLError[]; readonly isCached: false };

const DEFAULT_MAX_BYTES = 64 * 1024 * 1024;

/** Heap size of a token with its share of nodes and locations. Measured: 240 to 480 bytes. */
const TOKEN_BYTES = 480;

/**
 * Cache of documents by their text, shared by all transports. Cached documents are parsed, valid and within the limits; refused
 * documents are not cached.
 *
 * Callers are authenticated before they reach the cache, so only authenticated callers can fill it.
 */
export class DocumentCache {
  private readonly documents: LRUCache<string, DocumentNode>;
  private readonly rules;

  constructor(private readonly options: DocumentCacheOptions) {
    this.documents = new LRUCache({
      maxSize: options.maxBytes ?? DEFAULT_MAX_BYTES,
      sizeCalculation: sizeOf,
    });
    this.rules = options.introspection ? RULES : [...RULES, NoSchemaIntrospectionCustomRule];
  }

  /** Size of all cached documents. */
  get bytes(): number {
    return this.documents.calculatedSize;
  }

  get(source: string): CheckedDocument {
    const known = this.documents.get(source);
    if (known) return { document: known, isCached: true };
    try {
      const document = parseWithLimits(source, this.options.limits);
      const errors = this.check(document);
      if (errors.length > 0) return { errors, isCached: false };
      this.documents.set(source, document);
      return { document, isCached: false };
    } catch (error) {
      if (error instanceof GraphQLError) return { errors: [error], isCached: false };
      throw error;
    }
  }

  /** Limits first: they are cheap, and protect the validation rules from documents that are designed to be slow. */
  private check(document: DocumentNode): readonly GraphQLError[] {
    const { schema, limits } = this.options;
    const exceeded = exceededLimits(schema, document, limits);
    return exceeded.length > 0
      ? exceeded
      : validate(schema, document, this.rules).map((error) => this.toRefusal(error));
  }

  private toRefusal({ message, nodes, extensions }: GraphQLError): GraphQLError {
    return new GraphQLError(this.options.introspection ? message : message.replace(/ ?Did you mean.+\?$/, ''), {
      nodes,
      extensions: { code: 'GRAPHQL_VALIDATION_FAILED', ...extensions },
    });
  }
}

/** Includes the tokens of comments, which no limit counts. */
function sizeOf({ loc }: DocumentNode, source: string): number {
  let tokens = 0;
  for (let token = loc?.startToken; token; token = token.next ?? undefined) tokens += 1;
  return source.length + tokens * TOKEN_BYTES;
}
