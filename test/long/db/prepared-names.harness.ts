import { Client } from 'pg';

/**
 * Records the name of each prepared statement by its text, until the spies are restored. Undefined for a statement that is not
 * prepared.
 */
export function watchPreparedNames(): ReadonlyMap<string, string | undefined> {
  const names = new Map<string, string | undefined>();
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with its client below
  const send: (...args: unknown[]) => unknown = Client.prototype.query;
  jest.spyOn(Client.prototype, 'query').mockImplementation(function (this: Client, ...args: unknown[]) {
    const [statement] = args as [{ text?: string; name?: string } | string];
    if (typeof statement === 'object' && statement.text !== undefined) names.set(statement.text, statement.name);
    return send.apply(this, args);
  });
  return names;
}
