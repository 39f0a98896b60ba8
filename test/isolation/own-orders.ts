import type { CallerName } from '../support/test-app';
import type { Run } from './two-customers.harness';

interface Payload {
  order: { databaseId: string };
}

interface OrderValues {
  identifier: string;
  externalOrderId: string;
  patientOrderId: string;
  patientId: string;
  siteId: string;
}

/**
 * Creates three orders: one for the patient, with its external id, processed and then cancelled; one with the external id for the site, delivered with
 * the device; and one for the patient, not processed.
 *
 * @param identifier of a device in a warehouse
 * @returns databaseIds of the unprocessed and of the delivered order
 */
export async function orderOwnDevices(
  run: Run,
  caller: CallerName,
  values: OrderValues,
): Promise<{ waiting: string; delivered: string }> {
  const { identifier, externalOrderId, patientOrderId, patientId, siteId } = values;
  const create = async (order: { patientId?: string; siteId?: string; externalOrderId?: string }) => {
    const input = { ...order, lines: [{ itemId: '1', quantity: 1 }], note: 'Probe' };
    return (await run<Payload>(caller, 'createOrder', input, 'order { databaseId }')).order.databaseId;
  };
  const step = (by: CallerName, field: string, input: object) => run<Payload>(by, field, input, 'order { databaseId }');

  const cancelled = await create({ patientId, externalOrderId: patientOrderId });
  await step('operator', 'processOrder', { orderId: cancelled, deviceIdentifiers: [identifier] });
  await step(caller, 'cancelOrder', { orderId: cancelled });

  const toSite = await create({ siteId, externalOrderId });
  await step('operator', 'processOrder', { orderId: toSite, deviceIdentifiers: [identifier] });
  const parcels = [{ carrier: 'Probe', trackingNumber: `TRACK ${externalOrderId}` }];
  await step('operator', 'shipOrder', { orderId: toSite, parcels });
  await step('operator', 'deliverOrder', { orderId: toSite });

  return { waiting: await create({ patientId }), delivered: toSite };
}
