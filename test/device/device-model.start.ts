import type { Command, ModelDevice, World } from './device-model.world';

/** The devices of a run, in every state outside of orders. Of each item the oldest device comes first. */
export const DEVICES: Record<string, Omit<ModelDevice, 'version'>> = {
  // Older than all of Northside's stock.
  theirStock: device({ customer: 'lakeview', status: 'AVAILABLE', site: 'warehouse' }),
  // Goes out for `worn`.
  spare: device({ status: 'AVAILABLE', site: 'warehouse' }),
  free: device({ status: 'AVAILABLE_AT_SITE', site: 'clinic' }),
  alsoFree: device({ item: 'scale', status: 'AVAILABLE_AT_SITE', site: 'office' }),
  held: device({ status: 'WITH_PATIENT', site: 'clinic', holder: 'ann' }),
  homeless: device({ status: 'WITH_PATIENT', holder: 'bob' }),
  toPatient: device({ status: 'AVAILABLE', site: 'depot' }),
  toSite: device({ status: 'AVAILABLE', site: 'warehouse' }),
  worn: device({ status: 'WITH_PATIENT', holder: 'ann' }),
  stock: device({ status: 'AVAILABLE', site: 'warehouse' }),
  moreStock: device({ status: 'AVAILABLE', site: 'depot' }),
  scale: device({ item: 'scale', status: 'AVAILABLE', site: 'depot' }),
  otherScale: device({ item: 'scale', status: 'AVAILABLE', site: 'warehouse' }),
  defect: device({ status: 'DECOMMISSIONED', site: 'warehouse' }),
  theirs: device({ customer: 'lakeview', status: 'AVAILABLE_AT_SITE', site: 'shop' }),
};

export const PATIENTS: World['patients'] = {
  ann: { customer: 'northside', archived: false },
  bob: { customer: 'northside', archived: false },
  former: { customer: 'northside', archived: true },
  zoe: { customer: 'lakeview', archived: false },
};

export const SITES: World['sites'] = {
  warehouse: { customer: 'impilo', active: true },
  depot: { customer: 'impilo', active: true },
  clinic: { customer: 'northside', active: true },
  office: { customer: 'northside', active: true },
  closed: { customer: 'northside', active: false },
  shop: { customer: 'lakeview', active: true },
};

function device(facts: Partial<ModelDevice> & Pick<ModelDevice, 'status'>): Omit<ModelDevice, 'version'> {
  return { customer: 'northside', item: 'cuff', holder: null, site: null, order: null, returnOrder: null, ...facts };
}

export function initialWorld(): World {
  const devices = Object.fromEntries(Object.entries(DEVICES).map(([name, facts]) => [name, { ...facts, version: 1 }]));
  return { devices, patients: PATIENTS, sites: SITES, orders: {} };
}

/** The first commands of each run: orders in several statuses, to a patient and to a site with a device in transit, and a return leg. */
export const PRELUDE: Command[] = [
  { kind: 'replaceDevice', caller: 'northside', device: 'worn' },
  { kind: 'createOrder', caller: 'northside', order: 'to the patient', patient: 'ann', items: { cuff: 1 } },
  { kind: 'processOrder', caller: 'operator', order: 'to the patient', devices: ['toPatient'] },
  { kind: 'createOrder', caller: 'northside', order: 'to the site', site: 'office', items: { cuff: 1 } },
  { kind: 'processOrder', caller: 'operator', order: 'to the site' },
  { kind: 'shipOrder', caller: 'operator', order: 'to the site', trackingNumber: 'T0' },
  {
    kind: 'createOrder',
    caller: 'operator',
    order: 'both items',
    customer: 'northside',
    patient: 'bob',
    items: { scale: 1, cuff: 1 },
  },
];
