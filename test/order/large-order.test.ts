import { testLargeOrders } from './large-order.harness';

// Orders of hundreds are in test/long.
testLargeOrders(20);
