import type { RestClient, RestRequest } from './rest-client';

interface PageBody<Row> {
  content: Row[];
  page: number;
  size: number;
  total: number;
  first: boolean;
  last: boolean;
}

/** All objects of a list, page by page. Asserts that each page says where it is. */
export async function allPages<Row = { id: number }>(
  rest: RestClient,
  path: string,
  size = 250,
  request?: RestRequest,
): Promise<Row[]> {
  const all: Row[] = [];
  for (let page = 1; ; page += 1) {
    const parameters = `${path.includes('?') ? '&' : '?'}page=${page}&size=${size}`;
    const { status, body } = await rest.get<PageBody<Row>>(`${path}${parameters}`, request);
    expect(status).toBe(200);
    all.push(...body.content);
    expect(body).toMatchObject({ page, size, first: page === 1, last: all.length === body.total });
    if (body.last) return all;
  }
}
