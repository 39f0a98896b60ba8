/** Where the launcher reports what it did; fields hold paths, ports and times, never secrets. */
export type Log = (message: string, fields?: Record<string, unknown>) => void;

/** The `code` of a system or PostgreSQL error (ENOENT, 57P03), or an empty string. */
export function errorCode(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : '';
}
