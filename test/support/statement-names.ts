import type { LoggedStatement } from './test-app';

/** Which statements were sent, by the names that they carry in a comment, sorted. */
export function namesOf(statements: readonly LoggedStatement[]): string[] {
  return statements.map(({ text }) => /^\/\* (\S+) \*\//.exec(text)?.[1] ?? text).sort();
}
