/** The embedded database cannot be used. The message says why and what to do. */
export class EmbeddedDatabaseError extends Error {}

/** The `code` of a system or PostgreSQL error (ENOENT, 57P03), or an empty string. */
export function errorCode(error: unknown): string {
  return textOf(error, 'code');
}

/** A string member of an error, or an empty string. Checked by shape: in jest, Node's own errors are not `instanceof Error`. */
export function textOf(error: unknown, key: 'code' | 'message' | 'stderr'): string {
  const value: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, key) : undefined;
  return typeof value === 'string' ? value : '';
}
