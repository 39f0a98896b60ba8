import type { CallerName } from '../support/test-app';
import type { Run } from './two-customers.harness';

interface Answer {
  order: { databaseId: string };
}

interface Ordered {
  identifier: string;
  externalOrderId: string;
  patientId: string;
  siteId: string;
}

/**
 * Makes three orders under one external id: one to the patient, which is cancelled while the device is in it; one that brings
 * the device to the site; and one to the patient that waits to be processed.
 *
 * @param identifier of a device in a warehouse
 * @returns the databaseIds of the one that waits, and of the one that was delivered
 */
export async function orderOwnDevices(
  run: Run,
  caller: CallerName,
  ordered: Ordered,
): Promise<{ waiting: string; delivered: string }> {
  const { identifier, externalOrderId, patientId, siteId } = ordered;
  const create = async (recipient: { patientId: string } | { siteId: string }) => {
    const input = { ...recipient, externalOrderId, lines: [{ itemId: '1', quantity: 1 }], note: 'Probe' };
    return (await run<Answer>(caller, 'createOrder', input, 'order { databaseId }')).order.databaseId;
  };
  const step = (by: CallerName, field: string, input: object) => run<Answer>(by, field, input, 'order { databaseId }');

  const cancelled = await create({ patientId });
  await step('operator', 'processOrder', { orderId: cancelled, deviceIdentifiers: [identifier] });
  await step(caller, 'cancelOrder', { orderId: cancelled });

  const toSite = await create({ siteId });
  await step('operator', 'processOrder', { orderId: toSite, deviceIdentifiers: [identifier] });
  const parcels = [{ carrier: 'Probe', trackingNumber: `TRACK ${externalOrderId}` }];
  await step('operator', 'shipOrder', { orderId: toSite, parcels });
  await step('operator', 'deliverOrder', { orderId: toSite });

  return { waiting: await create({ patientId }), delivered: toSite };
}
