import { pathOf } from './url-path';

export const GRAPHQL_PATH = '/graphql';
/** Methods that the path allows. */
export const GRAPHQL_METHODS: readonly string[] = ['GET', 'HEAD', 'POST'];

/** @param url path and query, or the whole URL, as sent */
export function isGraphqlUrl(url: string): boolean {
  return pathOf(url) === GRAPHQL_PATH;
}
