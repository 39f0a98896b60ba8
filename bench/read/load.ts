import autocannon from 'autocannon';

export interface Target {
  url: string;
  headers: Record<string, string>;
  /** Bodies that a connection sends in turn. */
  bodies: (connection: number) => string[];
}

/**
 * @param marker that each response must contain
 * @returns requests per second
 */
export async function load(
  { url, headers, bodies }: Target,
  connections: number,
  seconds: number,
  marker?: string,
): Promise<number> {
  let connection = 0;
  const result = await autocannon({
    url,
    method: 'POST',
    headers,
    connections,
    duration: seconds,
    timeout: 60,
    ...(marker === undefined ? {} : { verifyBody: (body: unknown) => String(body).includes(marker) }),
    setupClient: (client) => client.setRequests(bodies(connection++).map((body) => ({ body }))),
  });
  if (result.non2xx > 0 || result.errors > 0 || result.mismatches > 0)
    throw new Error(
      `${url}: ${result.non2xx} responses other than 2xx, ${result.errors} errors and ${result.mismatches} other bodies under load.`,
    );
  return result['2xx'] / result.duration;
}

export async function ask({ url, headers }: Pick<Target, 'url' | 'headers'>, body: string): Promise<string> {
  const response = await fetch(url, { method: 'POST', headers, body });
  const text = await response.text();
  if (!response.ok || text.includes('"errors"'))
    throw new Error(`${url} returned ${response.status}: ${text.slice(0, 500)}`);
  return text;
}
