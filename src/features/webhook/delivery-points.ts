/**
 * What a delivery costs its customer, in points of the limit of the rate. An instance on two processors plans, sends and records at
 * most 2,500 deliveries a second. That is the quota of a second, 1,000,000 points, as are the readings that it can record then.
 */
export const DELIVERY_POINTS = 400;
