import { globalId } from '../support/global-id';
import { ComparedReads } from './compared-reads';

/** A result of about 7,000 bytes fits once, and not twice. */
const MAX_BYTES = 10_000;

let reads: ComparedReads;
beforeAll(async () => {
  reads = await ComparedReads.start({ MAX_RESULT_BYTES: String(MAX_BYTES) });
});
afterAll(() => reads.app.stop());

it('what the executor made of some fields is not counted when it carries out the whole operation', async () => {
  const ids = Array.from({ length: 60 }, (_, index) => globalId('Device', String(index + 1)));
  const { expected, found } = await reads.both({
    query: `query ($ids: [ID!]!) { site(id: 3) { name } nodes(ids: $ids) { id ... on Device { updatedAt currentStatus createdAt } }
      readings(first: 1000) { nodes { id } } }`,
    variables: { ids },
  });
  expect(found).toEqual(expected);
  const { data } = JSON.parse(found.text) as { data: { site: object; nodes: object[] } };
  expect(data.site).not.toBeNull();
  expect(data.nodes).toHaveLength(60);
  expect(found.text.length).toBeGreaterThan(MAX_BYTES / 2);
});
