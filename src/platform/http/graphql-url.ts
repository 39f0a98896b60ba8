export const GRAPHQL_PATH = '/graphql';
/** Methods that the path allows. */
export const GRAPHQL_METHODS: readonly string[] = ['GET', 'HEAD', 'POST'];

/** @param url path and query, or the whole URL, as sent. The path may have a slash at its end, and percent-encoded letters. */
export function isGraphqlUrl(url: string): boolean {
  if (url === GRAPHQL_PATH) return true;
  const path = url
    .replace(/^https?:\/\/[^/?#]*/i, '')
    .replace(/[?#].*$/s, '')
    .replace(/%[0-7][\da-f]/gi, decodeURI);
  return path === GRAPHQL_PATH || path === `${GRAPHQL_PATH}/`;
}
