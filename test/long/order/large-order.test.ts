import { testLargeOrders } from '../../order/large-order.harness';

testLargeOrders(400);
