import { globalId } from '../support/global-id';
import { OrderFixture } from '../support/order-fixture';

let orders: OrderFixture;
beforeAll(async () => {
  orders = await OrderFixture.start();
});
afterAll(() => orders.stop());

const INVALID = 'INVALID_INPUT';

const input = (given: Record<string, unknown>) => ({
  patientId: orders.fixture.patients.ann,
  lines: [{ itemId: orders.items.cuff, quantity: 1 }],
  ...given,
});

async function expectInvalid(given: Record<string, unknown>, message: string, ...path: string[]): Promise<void> {
  await orders.expectRefusal('createOrder', input(given), { code: INVALID, message, path: ['input', ...path] });
}

describe('the lines of a new order', () => {
  it.each([1, 10_000])('accept a quantity of %d', async (quantity) => {
    const { lines } = await orders.created({ lines: [{ itemId: orders.items.scale, quantity }] });
    expect(lines).toEqual([{ item: { databaseId: orders.items.scale }, quantity }]);
  });

  it.each([0, -1, 10_001, 2_147_483_647])('refuse a quantity of %d', async (quantity) => {
    const lines = [
      { itemId: orders.items.scale, quantity: 3 },
      { itemId: orders.items.cuff, quantity },
    ];
    await expectInvalid({ lines }, 'lines.1.quantity must be from 1 to 10000.', 'lines', '1', 'quantity');
  });

  it.each([2_147_483_648, 1.5, '1', null])('refuse %p as a quantity because of its type', async (quantity) => {
    const before = await orders.written();
    const { data, errors } = await orders.send(
      'createOrder',
      input({ lines: [{ itemId: orders.items.cuff, quantity }] }),
    );
    expect(data).toBeUndefined();
    expect(errors!.map(({ extensions }) => extensions.code)).toEqual(['BAD_USER_INPUT']);
    expect(await orders.written()).toEqual(before);
  });

  it('must be at least one', async () => {
    await expectInvalid({ lines: [] }, 'lines must have at least one line.', 'lines');
  });

  it('must be at most a hundred', async () => {
    const rows = await orders.fixture.sql<{ id: string }>(
      `insert into item (name, reading_kinds) select 'Item ' || n, '{}' from generate_series(1, 100) n returning id`,
    );
    const lines = rows.map(({ id }) => ({ itemId: id, quantity: 1 }));

    const order = await orders.created({ lines });
    expect(order.lines.map(({ item }) => item.databaseId)).toEqual(rows.map(({ id }) => id));
    await expectInvalid(
      { lines: [...lines, { itemId: orders.items.cuff, quantity: 1 }] },
      'lines must have at most 100 items, but has 101.',
      'lines',
    );
  });

  it('must have different items', async () => {
    const { cuff, scale } = orders.items;
    const itemId = globalId('Item', cuff);
    const lines = [
      { itemId: cuff, quantity: 1 },
      { itemId: scale, quantity: 1 },
      { itemId, quantity: 1 },
    ];
    await expectInvalid(
      { lines },
      'Another line has the same item. Increase its quantity instead.',
      'lines',
      '2',
      'itemId',
    );
  });

  it.each([
    ['unknown', () => '999999'],
    ['global id of another type', () => globalId('Device', orders.items.cuff)],
  ])('must not have an %s', async (_name, itemId) => {
    const refusal = {
      code: 'ITEM_NOT_FOUND',
      message: 'There is no such item. Check itemId.',
      path: ['input', 'lines', '1', 'itemId'],
    };
    const lines = [
      { itemId: orders.items.cuff, quantity: 1 },
      { itemId: itemId(), quantity: 1 },
    ];
    await orders.expectRefusal('createOrder', input({ lines }), refusal);
  });

  it('must have well-formed ids', async () => {
    const lines = [{ itemId: 'a cuff', quantity: 1 }];
    await expectInvalid({ lines }, 'lines.0.itemId is not an id of this API.', 'lines', '0', 'itemId');
  });
});

describe('the texts of a new order', () => {
  it('are accepted at their maximum length', async () => {
    const externalOrderId = 'x'.repeat(200);
    const note = 'y'.repeat(2_000);

    expect(await orders.created({ externalOrderId: ` ${externalOrderId} `, note: `\n${note}\n` })).toMatchObject({
      externalOrderId,
      events: [{ note }],
    });
  });

  it('are null when they are empty', async () => {
    expect(await orders.created({ externalOrderId: '  ', note: '' })).toMatchObject({
      externalOrderId: null,
      events: [{ note: null }],
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
    ['a note with NUL', { note: 'a\0b' }, 'note must not contain a NUL character.', 'note'],
    [
      'a note with half a character',
      { note: 'a\ud800' },
      'note must not contain half of a surrogate pair, which is not a character.',
      'note',
    ],
  ])('refuse %s', async (_name, given, message, member) => {
    await expectInvalid(given, message, member);
  });

  it('are refused together, each with its own message', async () => {
    const given = { externalOrderId: 'x'.repeat(201), note: 'y'.repeat(2_001), lines: [] };
    await orders.expectRefusal('createOrder', input(given), [
      { code: INVALID, message: 'lines must have at least one line.', path: ['input', 'lines'] },
      {
        code: INVALID,
        message: 'externalOrderId must have at most 200 characters.',
        path: ['input', 'externalOrderId'],
      },
      { code: INVALID, message: 'note must have at most 2000 characters.', path: ['input', 'note'] },
    ]);
  });
});
