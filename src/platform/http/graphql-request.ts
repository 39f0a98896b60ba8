import { HeaderMap, type HTTPGraphQLRequest } from '@apollo/server';
import type { GraphqlRequest } from './graphql-exchange';

/** Parameters of a GET that clients send without a value when they have none. */
const OPTIONAL = ['operationName', 'variables', 'extensions'];
const NO_VALUES = ['', 'null'];

/**
 * A request in the form that Apollo Server reads. What clients write for "no value" is absent; a HEAD is run as a GET.
 *
 * @param text of the document, for a GET that has its id
 */
export function toGraphqlRequest({ method, headers, raw, body }: GraphqlRequest, text?: string): HTTPGraphQLRequest {
  return {
    method: method === 'HEAD' ? 'GET' : method,
    headers: new HeaderMap(
      Object.entries(headers).flatMap(([name, value]): [string, string][] =>
        value === undefined ? [] : [[name, [value].flat().join(', ')]],
      ),
    ),
    search: searchOf(raw.url!, text),
    body: withoutEmptyName(body),
  };
}

function searchOf(url: string, text: string | undefined): string {
  const search = new URLSearchParams(/\?(.*)$/s.exec(url)?.[1]);
  for (const name of OPTIONAL) {
    if (search.getAll(name).every((value) => NO_VALUES.includes(value))) search.delete(name);
  }
  if (text !== undefined) {
    search.set('query', text);
    search.delete('extensions');
  }
  return `?${search.toString()}`;
}

function withoutEmptyName(body: unknown): unknown {
  return typeof body === 'object' && body !== null && 'operationName' in body && body.operationName === ''
    ? { ...body, operationName: null }
    : body;
}
