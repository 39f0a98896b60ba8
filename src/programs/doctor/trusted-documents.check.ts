import type { GraphQLSchema } from 'graphql';
import { ConfigError } from '../../platform/base/errors';
import { DocumentCache } from '../../platform/operation/document-cache';
import { readManifests } from '../../platform/operation/document-manifests';
import { DEFAULT_LIMITS } from '../../platform/operation/limits';
import { TrustedDocuments, type TrustMode } from '../../platform/operation/trusted-documents';
import { failed, ok, warning, type Finding } from './finding';

const SUBJECT = 'trusted documents';

export interface TrustedDocumentsConfig {
  readonly mode: TrustMode;
  readonly path?: string | undefined;
  readonly introspection: boolean;
}

/** Reads the files and checks each document, as the gateway does when it starts. */
export function checkTrustedDocuments(
  { mode, path, introspection }: TrustedDocumentsConfig,
  buildSchema: () => GraphQLSchema,
): Finding[] {
  if (mode === 'off') return [ok(SUBJECT, 'off, every valid document is executed')];
  try {
    const manifests = readManifests(path!);
    const checks = new DocumentCache({ schema: buildSchema(), limits: DEFAULT_LIMITS, introspection });
    const { size } = new TrustedDocuments({ mode, manifests }, (text) => checks.get(text));
    const found = `${size} valid, in ${manifests.length} ${manifests.length === 1 ? 'file' : 'files'}`;
    return size === 0 && mode === 'only'
      ? [warning(SUBJECT, found, 'With TRUSTED_DOCUMENTS=only, every document is refused.')]
      : [ok(SUBJECT, found)];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.lines.map((line) =>
      failed(SUBJECT, line.replace(/\.$/, ''), 'Correct the file, or generate it again.'),
    );
  }
}
