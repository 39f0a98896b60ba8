import { globalId } from '../support/global-id';
import { OrderProgramme } from '../support/order-programme';

let orders: OrderProgramme;
beforeAll(async () => {
  orders = await OrderProgramme.start();
});
afterAll(() => orders.stop());

const INVALID = 'INVALID_INPUT';

const input = (given: Record<string, unknown>) => ({
  patientId: orders.programme.patients.ann,
  items: [{ itemId: orders.items.cuff, count: 1 }],
  ...given,
});

async function expectInvalid(given: Record<string, unknown>, message: string, ...path: string[]): Promise<void> {
  await orders.expectRefusal('createOrder', input(given), { code: INVALID, message, path: ['input', ...path] });
}

describe('the items of a new order', () => {
  it.each([1, 10_000])('take a count of %d', async (count) => {
    const { items } = await orders.created({ items: [{ itemId: orders.items.scale, count }] });
    expect(items).toEqual([{ item: { databaseId: orders.items.scale }, count }]);
  });

  it.each([0, -1, 10_001, 2_147_483_647])('refuse a count of %d', async (count) => {
    const items = [
      { itemId: orders.items.scale, count: 3 },
      { itemId: orders.items.cuff, count },
    ];
    await expectInvalid({ items }, 'items.1.count must be from 1 to 10000.', 'items', '1', 'count');
  });

  it.each([2_147_483_648, 1.5, '1', null])('take no %p for a count: it is of the wrong type', async (count) => {
    const before = await orders.written();
    const { data, errors } = await orders.send('createOrder', input({ items: [{ itemId: orders.items.cuff, count }] }));
    expect(data).toBeUndefined();
    expect(errors!.map(({ extensions }) => extensions.code)).toEqual(['BAD_USER_INPUT']);
    expect(await orders.written()).toEqual(before);
  });

  it('are at least one', async () => {
    await expectInvalid({ items: [] }, 'items must have at least one item.', 'items');
  });

  it('are a hundred at the most', async () => {
    const rows = await orders.programme.sql<{ id: string }>(
      `insert into item (name, reading_kinds) select 'Item ' || n, '{}' from generate_series(1, 100) n returning id`,
    );
    const items = rows.map(({ id }) => ({ itemId: id, count: 1 }));

    const order = await orders.created({ items });
    expect(order.items.map(({ item }) => item.databaseId)).toEqual(rows.map(({ id }) => id));
    await expectInvalid(
      { items: [...items, { itemId: orders.items.cuff, count: 1 }] },
      'items must have at most 100 items.',
      'items',
    );
  });

  it('stand there once each', async () => {
    const { cuff, scale } = orders.items;
    const itemId = globalId('Item', cuff);
    const items = [
      { itemId: cuff, count: 1 },
      { itemId: scale, count: 1 },
      { itemId, count: 1 },
    ];
    await expectInvalid({ items }, 'This item stands in the order already: add to its count.', 'items', '2', 'itemId');
  });

  it.each([
    ['unknown', () => '999999'],
    ['global id of another type', () => globalId('Device', orders.items.cuff)],
  ])('are known: not an %s', async (_name, itemId) => {
    const refusal = {
      code: 'ITEM_NOT_FOUND',
      message: 'There is no such item: check itemId.',
      path: ['input', 'items', '1', 'itemId'],
    };
    const items = [
      { itemId: orders.items.cuff, count: 1 },
      { itemId: itemId(), count: 1 },
    ];
    await orders.expectRefusal('createOrder', input({ items }), refusal);
  });

  it('have ids of this API', async () => {
    await orders.expectError('createOrder', input({ items: [{ itemId: 'a cuff', count: 1 }] }), {
      code: 'BAD_USER_INPUT',
      message: 'input.items.0.itemId: is not an id of this API',
    });
  });
});

describe('the texts of a new order', () => {
  it('may be as long as they may be', async () => {
    const externalOrderId = 'x'.repeat(200);
    const note = 'y'.repeat(2_000);

    expect(await orders.created({ externalOrderId: ` ${externalOrderId} `, note: `\n${note}\n` })).toMatchObject({
      externalOrderId,
      note,
    });
  });

  it('are none when they are empty', async () => {
    expect(await orders.created({ externalOrderId: '  ', note: '' })).toMatchObject({
      externalOrderId: null,
      note: null,
    });
  });

  it.each<[string, Record<string, unknown>, string, string]>([
    [
      'an externalOrderId of 201 characters',
      { externalOrderId: 'x'.repeat(201) },
      'externalOrderId must have at most 200 characters.',
      'externalOrderId',
    ],
    [
      'an externalOrderId of two lines',
      { externalOrderId: 'one\ntwo' },
      'externalOrderId must not contain control characters or line ends.',
      'externalOrderId',
    ],
    ['a note of 2,001 characters', { note: 'y'.repeat(2_001) }, 'note must have at most 2000 characters.', 'note'],
    ['a note with NUL', { note: 'a\0b' }, 'note must not contain control characters.', 'note'],
    ['a note with half a character', { note: 'a\ud800' }, 'note must not contain control characters.', 'note'],
  ])('refuse %s', async (_name, given, message, member) => {
    await expectInvalid(given, message, member);
  });

  it('are refused all at once, with what is wrong about each', async () => {
    const given = { externalOrderId: 'x'.repeat(201), note: 'y'.repeat(2_001), items: [] };
    await orders.expectRefusal('createOrder', input(given), [
      { code: INVALID, message: 'items must have at least one item.', path: ['input', 'items'] },
      {
        code: INVALID,
        message: 'externalOrderId must have at most 200 characters.',
        path: ['input', 'externalOrderId'],
      },
      { code: INVALID, message: 'note must have at most 2000 characters.', path: ['input', 'note'] },
    ]);
  });
});
