const PLAIN = /^\/[\w/.-]*[\w.-]$/;

/**
 * The path as routes read it: without the origin and the query, with percent-encoded ASCII decoded, and without a slash at its end.
 *
 * @param url path and query, or the whole URL, as sent
 */
export function pathOf(url: string): string {
  if (PLAIN.test(url)) return url;
  return url
    .replace(/^https?:\/\/[^/?#]*/i, '')
    .replace(/[?#].*$/s, '')
    .replace(/%[0-7][\da-f]/gi, decodeURI)
    .replace(/(?<=.)\/$/, '');
}
