import { testLargeOrders } from './large-order.harness';

// Orders of hundreds of devices are tested in test/long.
testLargeOrders(20);
