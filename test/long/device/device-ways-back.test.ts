import { followWaysBack, reachedStates } from '../../device/device-ways-back';
import { OrderFixture } from '../../support/order-fixture';

const STATES = reachedStates();
/** Ways per database, because its tables grow with each of them. */
const WAYS_AT_A_TIME = 50;

it.each(Array.from({ length: Math.ceil(STATES.length / WAYS_AT_A_TIME) }, (_, index) => index * WAYS_AT_A_TIME))(
  'operations lead back to AVAILABLE_AT_SITE from the states %d and following',
  async (first) => {
    const orders = await OrderFixture.start();
    try {
      await followWaysBack(orders, STATES.slice(first, first + WAYS_AT_A_TIME));
    } finally {
      await orders.stop();
    }
  },
);
