import { GraphQLError } from 'graphql';
import { ConfigError } from '../base/errors';
import { customerIdOf, type Scope } from '../db/scope';
import type { CheckedDocument } from './document-cache';
import { documentHashOf } from './document-hash';
import { shortened, shownId, type DocumentManifest } from './document-manifests';

/** Whether documents that are not trusted are executed: without a difference, with a line in the log, or not at all. */
export type TrustMode = 'off' | 'log' | 'only';

export interface TrustOptions {
  readonly mode: TrustMode;
  readonly manifests: readonly DocumentManifest[];
}

type ValidDocument = Extract<CheckedDocument, { document: unknown }>;

/** Documents by what clients send. */
interface Documents {
  readonly byId: Map<string, ValidDocument>;
  readonly byText: Map<string, ValidDocument>;
}

const SHA256_PREFIX = 'sha256:';

/**
 * The documents that the configuration trusts: for all callers, and for single customers. They are parsed and validated at the start
 * and kept for the life of the process. A text that is in several files is kept once.
 */
export class TrustedDocuments {
  readonly mode: TrustMode;
  private readonly ofAll: Documents = { byId: new Map(), byText: new Map() };
  private readonly ofCustomers = new Map<string, Documents>();

  /**
   * @param check the checks of all documents
   * @throws ConfigError for documents that break a rule
   */
  constructor({ mode, manifests }: TrustOptions, check: (text: string) => CheckedDocument) {
    this.mode = mode;
    const faults: string[] = [];
    const checked = new Map<string, CheckedDocument>();
    for (const { file, customerId, documents } of manifests) {
      const known = this.documentsOf(customerId);
      for (const [id, text] of documents) {
        const document = checked.get(text) ?? check(text);
        checked.set(text, document);
        const refuse = (rule: string) =>
          faults.push(`TRUSTED_DOCUMENTS_PATH: ${file}: document ${shownId(id)}: ${rule}`);
        if ('errors' in document) for (const { message } of document.errors) refuse(message);
        else if (!add(known, id, document)) refuse('another file has another document with this hash');
      }
    }
    if (faults.length > 0) throw new ConfigError(shortened(faults));
    for (const known of [this.ofAll, ...this.ofCustomers.values()]) addHashes(known);
  }

  /** Number of distinct documents. */
  get size(): number {
    return new Set([this.ofAll, ...this.ofCustomers.values()].flatMap(({ byText }) => [...byText.keys()])).size;
  }

  /** The trusted document with this text, or a refusal of any other. Undefined if any other is to be checked as usual. */
  withText(scope: Scope, text: string): CheckedDocument | undefined {
    if (this.mode === 'off') return undefined;
    return this.find(scope, ({ byText }) => byText.get(text)) ?? this.refusal(text);
  }

  /** The same for a document by its id: its key in the manifest, or the SHA-256 of its text. */
  withId(scope: Scope, id: string): CheckedDocument | undefined {
    if (this.mode === 'off') return undefined;
    return this.find(scope, ({ byId }) => byId.get(withoutPrefix(id))) ?? this.refusal('');
  }

  /** The documents of a customer come before those of all callers. */
  private find(scope: Scope, read: (documents: Documents) => ValidDocument | undefined): ValidDocument | undefined {
    const own = this.ofCustomers.get(customerIdOf(scope) ?? '');
    return (own && read(own)) ?? read(this.ofAll);
  }

  private refusal(text: string): CheckedDocument | undefined {
    return this.mode === 'only'
      ? { errors: [NOT_TRUSTED], isCached: false, text, hash: documentHashOf(text) }
      : undefined;
  }

  private documentsOf(customerId: string | null): Documents {
    if (customerId === null) return this.ofAll;
    const known = this.ofCustomers.get(customerId) ?? { byId: new Map(), byText: new Map() };
    this.ofCustomers.set(customerId, known);
    return known;
  }
}

/** @returns whether the id was free, or has the same text */
function add({ byId, byText }: Documents, id: string, { document, text, hash }: ValidDocument): boolean {
  const known = byId.get(withoutPrefix(id));
  if (known && known.text !== text) return false;
  const trusted = byText.get(text) ?? { document, text, hash, isCached: true, isTrusted: true };
  byText.set(text, trusted);
  byId.set(withoutPrefix(id), trusted);
  return true;
}

/** Clients of a manifest with other hashes may send the SHA-256, as automatic persisted queries do. */
function addHashes({ byId, byText }: Documents): void {
  for (const document of byText.values()) if (!byId.has(document.hash)) byId.set(document.hash, document);
}

function withoutPrefix(id: string): string {
  return id.startsWith(SHA256_PREFIX) ? id.slice(SHA256_PREFIX.length) : id;
}

const NOT_TRUSTED = new GraphQLError('This gateway executes trusted documents only, and this is not one of them.', {
  extensions: { code: 'DOCUMENT_NOT_TRUSTED' },
});

/** The refusal of an id that is not known. A client sends the text then. */
export const UNKNOWN_DOCUMENT: CheckedDocument = {
  errors: [new GraphQLError('PersistedQueryNotFound', { extensions: { code: 'PERSISTED_QUERY_NOT_FOUND' } })],
  isCached: false,
  text: '',
  hash: documentHashOf(''),
};
