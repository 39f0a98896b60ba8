import { readExamples } from '../support/tour';
import { readScreen } from '../support/screen';
import { ComparedReads } from './compared-reads';

/** Which root fields of the screens and of the documented queries are compiled, so that none is left to the executor unnoticed. */

let reads: ComparedReads;
beforeAll(async () => {
  reads = await ComparedReads.start();
});
afterAll(() => reads.app.stop());

const PERIOD = { from: '2026-01-01T00:00:00Z', to: '2026-02-01T00:00:00Z' };

/** The statements of each screen. Those named `read_…` are compiled; the others are of root fields that are not, of totals and of ids. */
it.each([
  ['association-dialog', { identifier: 'a', name: 'a' }, ['device_by_identifier', 'patients', 'read_patients']],
  ['chart', { id: '55', ...PERIOD }, ['read_patient', ...Array<string>(7).fill('reading_trend')]],
  ['device-page', { id: '2' }, ['outbox_state', 'read_device']],
  [
    'long-associated-devices',
    { filter: { associated: true, statuses: ['WITH_PATIENT'] } },
    ['devices', 'devices_count', 'read_devices'],
  ],
  [
    'operator-stock',
    {},
    ['customers_count', 'device_counts', 'device_counts', 'item_by_id', 'read_customers', 'read_sites'],
  ],
  ['order-desk', { filter: { kinds: ['REPLACEMENT'] } }, ['order_counts', 'orders_count', 'read_orders']],
  ['patient-page', { id: '55', ...PERIOD }, ['read_patient']],
  [
    'search',
    { text: 'a' },
    ['devices_count', 'patients_count', 'read_devices', 'read_orders', 'read_patients', 'read_sites', 'sites'],
  ],
  ['silent-patients', { since: '2026-11-01T00:00:00Z' }, ['patients', 'patients_count', 'read_patients']],
  ['site-inventory', {}, ['read_items', 'read_sites', 'sites_count']],
  [
    'status-board',
    { filter: { statuses: ['WITH_PATIENT', 'IN_TRANSIT'] } },
    ['customer_by_id', 'device_counts', 'devices', 'devices_count', 'item_by_id', 'outbox_state', 'read_devices'],
  ],
  ['webhooks-page', {}, ['read_webhooks', 'webhooks_count']],
] as const)('the screen %s', async (name, variables, statements) => {
  const { expected, found, names } = await reads.both({ query: readScreen(name), variables });
  expect(found).toEqual(expected);
  expect(names.sort()).toEqual([...statements].sort());
});

it('each documented query', async () => {
  const queries = ['docs/tour', 'docs/first-day']
    .flatMap((folder) => readExamples(folder))
    .filter(({ type }) => type === 'query');
  const compiled: string[] = [];
  const others: string[] = [];
  for (const { query, variables } of queries) {
    const { expected, found, compiled: statements } = await reads.both({ query, variables });
    expect(found).toEqual(expected);
    const name = /query (\w+)/.exec(query)?.[1] ?? query;
    (statements.length > 0 ? compiled : others).push(name);
  }
  expect(others).toEqual(['PatientChart']);
  expect(compiled.length).toBeGreaterThan(4);
});
