import { hash } from 'node:crypto';
import {
  GraphQLError,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  NoSchemaIntrospectionCustomRule,
  SingleFieldSubscriptionsRule,
  specifiedRules,
  VariablesInAllowedPositionRule,
  validate,
  type DocumentNode,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLSchema,
  type ValidationRule,
} from 'graphql';
import { SharedCache } from '../base/shared-cache';
import { compact } from './compact-document';
import { documentHashOf } from './document-hash';
import { singleFieldSubscriptions } from './subscription-rule';
import { variablesInAllowedPosition } from './variables-rule';
import { exceededLimits, parseWithLimits, refusalOfValidation, type Limits } from './limits';

export interface DocumentCacheOptions {
  schema: GraphQLSchema;
  limits: Limits;
  introspection: boolean;
  /** Maximum size of all cached documents. Default 64 MiB. */
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
  | {
      readonly document: DocumentNode;
      readonly isCached: boolean;
      /** As sent. */
      readonly text: string;
      /** See `documentHashOf`. */
      readonly hash: string;
      readonly isTrusted?: true;
    }
  | {
      readonly errors: readonly GraphQLError[];
      readonly isCached: false;
      readonly text: string;
      readonly hash: string;
    };

interface Hashed {
  readonly hash: string;
  /** Of the cache. */
  readonly key: string;
}

/** Texts whose hashes are in memory: less than a megabyte. */
const MAX_RECENT = 100;
const MAX_RECENT_LENGTH = 4_000;

const DEFAULT_MAX_BYTES = 64 * 1024 * 1024;

/** Part of the cache that the documents of one customer, or of all operators, may take. */
const SHARE = 1 / 4;

/** An entry beside its document: hash, maps and sets. */
const ENTRY_BYTES = 400;

/**
 * Cache of documents by the hash of their text, shared by all transports. Cached documents are parsed, valid and within the limits.
 *
 * A document is kept when a caller has passed all checks before its execution, so only authenticated callers that may run it fill
 * the cache, and refused documents take no memory.
 */
export class DocumentCache {
  private readonly documents: SharedCache<DocumentNode>;
  /** By text, of those that were sent lately: to find a hash takes less time than to compute it. */
  private readonly recent = new Map<string, Hashed>();
  private readonly sizes = new WeakMap<DocumentNode, number>();
  private readonly names: ReadonlyMap<string, string>;
  private readonly rules;

  constructor(private readonly options: DocumentCacheOptions) {
    const { maxBytes = DEFAULT_MAX_BYTES } = options;
    this.documents = new SharedCache({ maxBytes, maxBytesPerOwner: maxBytes * SHARE });
    this.names = namesOf(options.schema);
    this.rules = options.introspection ? RULES : [...RULES, NoSchemaIntrospectionCustomRule];
  }

  /** Size of all cached documents. */
  get bytes(): number {
    return this.documents.bytes;
  }

  /** Undefined for a document that is not in the cache. */
  known(text: string): CheckedDocument | undefined {
    const { hash, key } = this.recent.get(text) ?? this.hashed(text);
    const document = this.documents.get(key);
    return document && { document, isCached: true, text, hash };
  }

  private hashed(text: string): Hashed {
    const hash = documentHashOf(text);
    const hashed = { hash, key: keyOf(text, hash) };
    if (text.length <= MAX_RECENT_LENGTH) {
      if (this.recent.size === MAX_RECENT) this.recent.clear();
      this.recent.set(text, hashed);
    }
    return hashed;
  }

  get(text: string): CheckedDocument {
    const known = this.known(text);
    if (known) return known;
    const hash = documentHashOf(text);
    try {
      const document = parseWithLimits(text, this.options.limits);
      const errors = this.check(document);
      if (errors.length > 0) return { errors, isCached: false, text, hash };
      this.sizes.set(document, compact(document, (name) => this.names.get(name)) + ENTRY_BYTES);
      return { document, isCached: false, text, hash };
    } catch (error) {
      if (error instanceof GraphQLError) return { errors: [error], isCached: false, text, hash };
      throw error;
    }
  }

  /**
   * Keeps a document that its caller may run.
   *
   * @param owner customer, or the operators, in whose share it counts
   */
  keep(owner: string, { document, isCached, text, hash }: Extract<CheckedDocument, { document: DocumentNode }>): void {
    if (!isCached) this.documents.add(owner, keyOf(text, hash), document, this.sizes.get(document)!);
  }

  /** Limits first: they are cheap, and protect the validation rules from documents that are designed to be slow. */
  private check(document: DocumentNode): readonly GraphQLError[] {
    const { schema, limits, introspection } = this.options;
    const exceeded = exceededLimits(schema, document, limits);
    return exceeded.length > 0
      ? exceeded
      : validate(schema, document, this.rules, { hideSuggestions: !introspection }).map(refusalOfValidation);
  }
}

/** The hash, except for texts with unpaired surrogates: in UTF-8, those that differ in them have the same bytes. */
function keyOf(text: string, documentHash: string): string {
  return /\p{Cs}/u.test(text) ? hash('sha256', Buffer.from(text, 'utf16le'), 'base64') : documentHash;
}

/** Names that documents can contain: of types, fields, arguments, members and values of enums. */
function namesOf(schema: GraphQLSchema): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  const add = ({ name }: { readonly name: string }) => names.set(name, name);
  for (const type of Object.values(schema.getTypeMap())) {
    add(type);
    if (isEnumType(type)) type.getValues().forEach(add);
    if (!isObjectType(type) && !isInterfaceType(type) && !isInputObjectType(type)) continue;
    for (const field of Object.values<GraphQLField<unknown, unknown> | GraphQLInputField>(type.getFields())) {
      add(field);
      if ('args' in field) field.args.forEach(add);
    }
  }
  return names;
}
