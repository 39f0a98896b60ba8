import { OrderFixture } from '../support/order-fixture';
import { followWaysBack, reachedStates, wayBack } from './device-ways-back';

const STATES = reachedStates();

it('operations reach every status, also in orders, on return legs, and while patients are archived and sites closed', () => {
  const names = STATES.map(({ name }) => name);
  for (const part of [
    /^AVAILABLE in a warehouse$/,
    /^AVAILABLE_AT_SITE in a site$/,
    /^WITH_PATIENT with a patient$/,
    /^IN_TRANSIT .* REPLACEMENT order to a site, AVAILABLE_FOR_PICKUP$/,
    /^RETURNING on the return leg of an order that is DELIVERED$/,
    /^RETURNING$/,
    /^LOST on the return leg of an order that is SHIPPED$/,
    /^DECOMMISSIONED in a STANDARD order to a site, SHIPPED$/,
    /archived.*closed/,
  ])
    expect(names).toContainEqual(expect.stringMatching(part));
  expect(names.length).toBeGreaterThan(200);
});

it('from every state of a device that operations reach, operations lead back to AVAILABLE_AT_SITE, by the model', () => {
  expect(STATES.filter(({ world }) => wayBack(world) === undefined).map(({ name }) => name)).toEqual([]);
});

// test/long follows all ways.
it('and by the gateway, for devices on their way back', async () => {
  const orders = await OrderFixture.start();
  try {
    const returning = STATES.filter(({ name }) =>
      /^(RETURNING|LOST|DECOMMISSIONED)( on the return leg [^,]*)?$/.test(name),
    );
    expect(returning.length).toBeGreaterThan(10);
    await followWaysBack(orders, returning);
  } finally {
    await orders.stop();
  }
});
