import type { LoggedStatement } from './test-app';

/** The names of statements, from their comments, sorted. */
export function namesOf(statements: readonly LoggedStatement[]): string[] {
  return statements.map(({ text }) => /^\/\* (\S+) \*\//.exec(text)?.[1] ?? text).sort();
}
