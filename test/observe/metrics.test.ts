import { request } from 'node:http';
import { readEventLag } from '../../src/platform/event/event-lag.repository';
import { noteLimitReached } from '../../src/platform/base/limit';
import { LabelValues } from '../../src/platform/observe/label-values';
import { markdown } from '../support/markdown';
import { parseMetrics, type MetricFamily } from '../support/prometheus';
import { RawSocket } from '../support/raw-socket';
import { eventually } from '../support/eventually';
import { KEYS } from '../support/test-app';
import { WebhookFixture } from '../webhook/webhook-fixture.harness';

let webhooks: WebhookFixture;
let url: string;
beforeAll(async () => {
  webhooks = await WebhookFixture.start({ env: { METRICS_PORT: '0' } });
  url = webhooks.app.metricsUrls[0]!;
});
afterAll(() => webhooks.stop());

async function scrape(): Promise<Map<string, MetricFamily>> {
  const response = await fetch(url);
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  return parseMetrics(await response.text());
}

const valueOf = (families: Map<string, MetricFamily>, key: string): number => {
  const name = key.replace(/\{.*/, '');
  const family = families.get(name) ?? families.get(name.replace(/_(bucket|sum|count)$/, ''));
  return family?.samples.get(key) ?? 0;
};

/** How much each value grows while `work` runs. */
async function growth(keys: readonly string[], work: () => Promise<unknown>): Promise<Record<string, number>> {
  const before = await scrape();
  await work();
  const after = await scrape();
  return Object.fromEntries(keys.map((key) => [key, valueOf(after, key) - valueOf(before, key)]));
}

const OWN = /^(?:graphql_server|http_server|db_client|gateway)_/;

test('names, types and texts follow the conventions, and the documentation has the same table', async () => {
  const families = [...(await scrape())];
  const own = families.filter(([name]) => OWN.test(name));
  expect(families.filter(([name]) => !OWN.test(name) && !/^(?:process|nodejs)_/.test(name))).toEqual([]);
  for (const [name, { type, help }] of own) {
    expect([name, name.endsWith('_total')]).toEqual([name, type === 'counter']);
    expect(help).toMatch(/^[A-Z1].*\.$/);
    expect(name).not.toMatch(/_(?:ms|milliseconds|kb|mb)$/);
  }
  const [, ...rows] = markdown('docs/metrics.md').section('## Metrics').table;
  expect(rows.map(([name, type, , help]) => [name, type, help])).toEqual(
    own.map(([name, { type, help }]) => [`\`${name}\``, type, help.replaceAll('|', '\\|')]),
  );
});

test('every kind of work moves its metric', async () => {
  const { path } = await webhooks.endpoint();
  const { id } = await webhooks.fixture.freeDevice();
  const input = { deviceId: id, patientId: webhooks.fixture.patients.ann };
  const grown = await growth(
    [
      'graphql_server_request_duration_seconds_count{graphql_operation_type="mutation",transport="http"}',
      'graphql_server_request_duration_seconds_count{error_type="GRAPHQL_VALIDATION_FAILED",graphql_operation_type="unknown",transport="http"}',
      'graphql_server_response_error_count_total{error_type="GRAPHQL_VALIDATION_FAILED"}',
      'graphql_server_request_cost_count{graphql_operation_type="mutation"}',
      'http_server_request_duration_seconds_count{http_request_method="GET",http_response_status_code="200",http_route="/api/v3/device/:id"}',
      'http_server_request_duration_seconds_count{http_request_method="GET",http_response_status_code="404",http_route=""}',
      'gateway_use_case_duration_seconds_count{use_case="associateDevice"}',
      'gateway_use_case_duration_seconds_count{error_type="DEVICE_NOT_FOUND",use_case="associateDevice"}',
      'gateway_use_case_replays_total{use_case="disassociateDevice"}',
      'db_client_operation_duration_seconds_count{db_query_summary="append_events"}',
      'db_client_response_returned_rows_count{db_query_summary="append_events"}',
      'gateway_event_delay_seconds_count{event_type="device.statusChanged"}',
      'gateway_webhook_attempt_duration_seconds_count{http_response_status_code="200",outcome="SUCCEEDED"}',
      'gateway_webhook_planning_duration_seconds_count{outcome="PLANNED"}',
      'gateway_webhook_planning_events_sum',
      'gateway_webhook_planning_deliveries_sum',
      'gateway_refused_credentials_total{transport="http"}',
      'gateway_refused_credentials_total{transport="websocket"}',
      'gateway_limit_reached_total{limit="waiting events"}',
    ],
    async () => {
      await webhooks.fixture.call('associateDevice', input);
      await webhooks.planned();
      await webhooks.done();
      await eventually(() => webhooks.receiver.received.some((one) => one.path === path));
      await webhooks.fixture.send('associateDevice', { ...input, deviceId: '999999999' });
      const back = { deviceId: id, siteId: webhooks.fixture.sites.office, idempotencyKey: 'of the metrics' };
      const repeated = `mutation ($input: DisassociateDeviceInput!) {
        disassociateDevice(input: $input) { userErrors { code } } }`;
      for (let time = 0; time < 2; time += 1) {
        const { userErrors } = (await webhooks.app.data('northside', repeated, { input: back })).disassociateDevice as {
          userErrors: unknown[];
        };
        expect(userErrors).toEqual([]);
      }
      await webhooks.app.query('northside', '{ nothing }');
      const headers = { 'impilo-api-key': KEYS.northside };
      await fetch(`${webhooks.app.url}/api/v3/device/1`, { headers });
      await fetch(`${webhooks.app.url}/api/v3/nothing`, { headers });
      await webhooks.app.query({ key: 'unknown' }, '{ viewer { role } }');
      const socket = await RawSocket.open(webhooks.app.url);
      socket.send({ type: 'connection_init', payload: { authorization: 'Bearer unknown' } });
      await socket.untilClosed();
      noteLimitReached('waiting events');
    },
  );
  const still = Object.entries(grown).filter(([, by]) => by < 1);
  expect(still).toEqual([]);
  // What happened once is counted once.
  expect(grown['gateway_use_case_replays_total{use_case="disassociateDevice"}']).toBe(1);
  expect(grown['gateway_limit_reached_total{limit="waiting events"}']).toBe(1);
  expect(grown['gateway_refused_credentials_total{transport="http"}']).toBe(1);
});

test('a failed statement has its SQLSTATE, a batch its keys, a taken connection its wait', async () => {
  await webhooks.fixture.sql('alter table device_association add constraint broken check (false) not valid');
  const { id } = await webhooks.fixture.freeDevice();
  const before = await scrape();
  await webhooks.fixture
    .send('associateDevice', { deviceId: id, patientId: webhooks.fixture.patients.ann })
    .finally(() => webhooks.fixture.sql('alter table device_association drop constraint broken'));
  await webhooks.app.data('northside', '{ devices(first: 2) { nodes { item { name } } } }');
  const after = await scrape();
  const grew = (family: string, label: RegExp) =>
    [...after.get(family)!.samples]
      .filter(([key, value]) => key.includes('_count') && label.test(key) && value > valueOf(before, key))
      .map(([key]) => key);
  expect(grew('db_client_operation_duration_seconds', /error_type="23514"/)).toHaveLength(1);
  expect(grew('gateway_loader_batch_keys', /loader="/).length).toBeGreaterThan(0);
  expect(grew('db_client_connection_wait_time_seconds', /pool_name="customer"/)).toHaveLength(1);
});

test('the current state: sockets, subscriptions, pools, cached documents, lag, the process', async () => {
  const socket = await RawSocket.connect(webhooks.app.url, KEYS.northside);
  socket.subscribe({ query: 'subscription { deviceStatusChanged { cursor } }' });
  await eventually(() => webhooks.app.subscribers === 1);
  const open = await scrape();
  expect([valueOf(open, 'gateway_sockets'), valueOf(open, 'graphql_server_subscription_active')]).toEqual([1, 1]);
  expect(valueOf(open, 'db_client_connection_max{db_client_connection_pool_name="customer"}')).toBe(18);
  expect(
    valueOf(
      open,
      'db_client_connection_count{db_client_connection_pool_name="customer",db_client_connection_state="idle"}',
    ),
  ).toBeGreaterThan(0);
  expect(valueOf(open, 'gateway_document_cache_bytes')).toBeGreaterThan(0);
  expect(valueOf(open, 'gateway_ready')).toBe(1);
  expect(open.get('gateway_tail_lag_events')!.samples.size).toBe(1);
  expect([...open.get('gateway_consumer_lag_events')!.samples.keys()]).toEqual([
    'gateway_consumer_lag_events{consumer="webhooks"}',
  ]);
  for (const name of ['nodejs_eventloop_lag_p99_seconds', 'nodejs_heap_size_used_bytes', 'nodejs_gc_duration_seconds'])
    expect(open.has(name)).toBe(true);
  await socket.close();
  await eventually(async () => valueOf(await scrape(), 'gateway_sockets') === 0);
  expect(valueOf(await scrape(), 'graphql_server_subscription_active')).toBe(0);
});

test('no label has a text that clients chose, and their number is bounded', async () => {
  const marker = 'ChosenByAClient';
  await webhooks.app.query('northside', `query ${marker} { devices(first: 1) { nodes { id } } }`);
  await webhooks.app.query('northside', `{ ${marker} }`);
  const headers = { 'impilo-api-key': KEYS.northside };
  await fetch(`${webhooks.app.url}/api/v3/device/${marker}`, { headers });
  await fetch(`${webhooks.app.url}/${marker}`, { headers });
  await new Promise<void>((resolve, reject) => {
    request(`${webhooks.app.url}/graphql`, { method: 'PROPFIND' }, (response) => response.resume().on('end', resolve))
      .on('error', reject)
      .end();
  });
  const text = await (await fetch(url)).text();
  expect(text).not.toContain(marker);
  expect(text).not.toMatch(/northside|lakeview/i);
  expect(text).toContain('http_request_method="_OTHER"');

  const values = new LabelValues(2);
  expect(['a', 'b', 'c', 'a'].map((value) => values.bounded(value))).toEqual(['a', 'b', 'other', 'a']);
});

test('the lag of a consumer is its distance and the age of its oldest event', async () => {
  const lags: unknown[] = [];
  const session = { sql: () => Promise.resolve([{ head: '9', name: 'webhooks', events: '4', seconds: 1.5 }]) };
  lags.push(await readEventLag(session as never));
  expect(lags).toEqual([{ head: 9, consumers: [{ name: 'webhooks', events: 4, seconds: 1.5 }] }]);
});

test('only the listener of the metrics has them, and nothing else', async () => {
  expect((await fetch(`${webhooks.app.url}/metrics`)).status).toBe(404);
  expect((await fetch(url.replace('/metrics', '/'))).status).toBe(404);
  expect((await fetch(url, { method: 'POST' })).status).toBe(405);
  expect((await fetch(url, { method: 'HEAD' })).status).toBe(200);
});
