import {
  GraphQLError,
  NoSchemaIntrospectionCustomRule,
  specifiedRules,
  validate,
  type DocumentNode,
  type GraphQLSchema,
} from 'graphql';
import { LRUCache } from 'lru-cache';
import { exceededLimits, parseWithLimits, type Limits } from './limits';

export interface DocumentCacheOptions {
  schema: GraphQLSchema;
  limits: Limits;
  introspection: boolean;
  /** What the documents may weigh together; default 64 MiB, some 600 screens of 300 tokens. */
  maxBytes?: number;
}

/** A document that may be executed, or why not. */
export type CheckedDocument =
  | { readonly document: DocumentNode; readonly isCached: boolean }
  | { readonly errors: readonly GraphQLError[]; readonly isCached: false };

const DEFAULT_MAX_BYTES = 64 * 1024 * 1024;

/** What a token takes in the heap with its share of nodes and locations: 240 to 480 bytes were measured. */
const TOKEN_BYTES = 480;

/**
 * Documents by their text, parsed, within the limits and valid: the same for all transports. What is refused is not kept.
 *
 * Whoever may ask for a document has been authenticated: nobody else can fill it.
 */
export class DocumentCache {
  private readonly documents: LRUCache<string, DocumentNode>;
  private readonly rules;

  constructor(private readonly options: DocumentCacheOptions) {
    this.documents = new LRUCache({
      maxSize: options.maxBytes ?? DEFAULT_MAX_BYTES,
      sizeCalculation: weightOf,
    });
    this.rules = options.introspection ? specifiedRules : [...specifiedRules, NoSchemaIntrospectionCustomRule];
  }

  /** What is kept weighs this. */
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

  /** Limits first: they are cheap, and keep the rules from documents that are made to be slow. */
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

/** Comments have tokens too, which no limit counts. */
function weightOf({ loc }: DocumentNode, source: string): number {
  let tokens = 0;
  for (let token = loc?.startToken; token; token = token.next ?? undefined) tokens += 1;
  return source.length + tokens * TOKEN_BYTES;
}
