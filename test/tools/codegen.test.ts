import { readdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { inToolFolder, REPOSITORY, runTool } from '../support/tool';

const FOLDERS = ['test/screens', 'test/tools/documents'];

const COMPILER_OPTIONS = {
  target: 'es2022',
  module: 'esnext',
  moduleResolution: 'bundler',
  lib: ['es2022'],
  types: [],
  strict: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  noEmit: true,
  skipLibCheck: true,
};

/** If a scalar were `any`, a @ts-expect-error would have no error to expect, and would itself be an error. */
const USAGE = `
import type { ResultOf, VariablesOf } from '@graphql-typed-document-node/core';
import { useFragment as read } from './generated/device-operations';
import * as operations from './generated/device-operations/graphql';

export function show(result: ResultOf<typeof operations.AssociateDeviceDocument>): string {
  const payload = result.associateDevice;
  const problem = payload?.userErrors[0];
  if (problem) return problem.code === 'STALE_VERSION' ? 'again' : problem.message;
  // @ts-expect-error payload and device may be null
  read(operations.DeviceStateFragmentDoc, result.associateDevice.device).version;
  const device = read(operations.DeviceStateFragmentDoc, payload?.device);
  const instant: string | undefined = device?.statusChangedAt;
  // @ts-expect-error DateTime is a string
  const milliseconds: number | undefined = device?.statusChangedAt;
  // @ts-expect-error Date is a string and may be null
  const born: number | null | undefined = device?.patient?.dateOfBirth;
  // @ts-expect-error TimeZone is a string and may be null
  const zone: string | undefined = device?.patient?.timeZone;
  return [instant, milliseconds, born, zone].join();
}

export const inputs: VariablesOf<typeof operations.AssociateDeviceDocument>[] = [
  { input: { deviceId: '1', patientExternalIdentifier: 'external-identifier' } },
  // @ts-expect-error the field does not exist
  { input: { serial: 'ABC123' } },
];

// @ts-expect-error the status does not exist
export const filter: VariablesOf<typeof operations.WatchDevicesDocument> = { filter: { statuses: ['BROKEN'] } };
`;

/** Reading types are distinguished by `__typename`. Fields of one type cannot be read from another. */
const READINGS_USAGE = `
import type { ResultOf, VariablesOf } from '@graphql-typed-document-node/core';
import { useFragment as read } from './generated/readings';
import * as operations from './generated/readings/graphql';

type Any = operations.AnyReadingFragment;

export function label(reading: Any): string {
  switch (reading.__typename) {
    case 'BloodPressureReading': {
      const pulse: number | null | undefined = reading.heartRate;
      return [reading.systolic, reading.diastolic, pulse].join();
    }
    case 'BloodGlucoseReading': {
      const { glucose, mealTiming } = read(operations.GlucoseFragmentDoc, reading);
      // @ts-expect-error a glucose has no weight
      reading.weight;
      return mealTiming ? mealTiming + ' ' + glucose : String(glucose);
    }
    case 'BloodOxygenReading':
      return reading.bloodOxygen.toFixed();
    case 'WeightReading':
      return reading.weight.toFixed(1);
    case 'HeartRateReading':
      return String(reading.heartRate);
    case 'TemperatureReading':
      return reading.temperature.toFixed(1);
    case 'PeakFlowReading':
      // @ts-expect-error the value may be null
      return reading.forcedExpiratoryVolumeInOneSecond.toFixed();
    case 'RespiratoryRateReading':
      return String(reading.respiratoryRate);
    case 'BodyCompositionReading':
      return reading.bodyFat.toFixed(1);
    default: {
      const none: never = reading;
      return none;
    }
  }
}

export function points(result: ResultOf<typeof operations.PatientChartDocument>): (string | number)[] {
  const trend = result.patient?.readingTrend ?? [];
  // @ts-expect-error the list of readings is not counted
  result.patient?.readings.totalCount;
  return trend.flatMap(({ startsAt, measurements }) => [startsAt, ...measurements.map(({ mean }) => mean)]);
}

export function outcome(result: ResultOf<typeof operations.RecordReadingsDocument>): string {
  const [first] = result.recordReadings?.results ?? [];
  if (first?.outcome !== 'CONFLICT') return first?.outcome ?? 'nothing';
  // @ts-expect-error null when the reading was refused
  read(operations.AnyReadingFragmentDoc, first.reading).takenAt;
  const stored = read(operations.AnyReadingFragmentDoc, first.reading);
  return stored ? label(stored) : 'nothing';
}

export function summarize(result: ResultOf<typeof operations.FollowReadingsDocument>): string[] {
  const { cursor, reading } = result.readingRecorded;
  const { takenAt, patientTimeZoneOffset } = read(operations.AnyReadingFragmentDoc, reading);
  const offset: number | null | undefined = patientTimeZoneOffset;
  return [cursor, takenAt, String(offset), reading.patient?.id ?? 'no patient'];
}

const takenAt = '2026-03-01T07:00:00-05:00';
export const inputs: VariablesOf<typeof operations.RecordReadingsDocument>[] = [
  { input: { readings: [{ deviceIdentifier: 'ABC123', takenAt, bloodPressure: { systolic: 120, diastolic: 80 } }] } },
  // @ts-expect-error a reading has a time
  { input: { readings: [{ deviceId: '1', weight: { value: 180, unit: 'POUND' } }] } },
  // @ts-expect-error a blood pressure has two numbers
  { input: { readings: [{ deviceId: '1', takenAt, bloodPressure: { systolic: 120 } }] } },
];
`;
/** An order has a patient or a site. A secret is returned once. */
const ORDERS_USAGE = `
import type { ResultOf, VariablesOf } from '@graphql-typed-document-node/core';
import { useFragment as read } from './generated/orders';
import * as operations from './generated/orders/graphql';
import { useFragment as readWebhooks } from './generated/webhooks';
import * as webhooks from './generated/webhooks/graphql';

export function replaced(result: ResultOf<typeof operations.ReplaceDeviceDocument>): string {
  const payload = result.replaceDevice;
  const problem = payload?.userErrors[0];
  if (problem) return problem.code === 'NO_REPLACEMENT_IN_STOCK' ? 'none left' : problem.message;
  // @ts-expect-error a refused replacement has no devices
  payload?.replacementDevice.id;
  const order = read(operations.OrderStateFragmentDoc, payload?.order);
  // @ts-expect-error null when the order is for a site
  order?.patient.id;
  // @ts-expect-error the status does not exist
  if (order?.currentStatus === 'LOST') return 'lost';
  return [order?.patient?.id ?? order?.site?.id, payload?.defectiveDevice?.currentStatus].join();
}

export function summarize(result: ResultOf<typeof operations.OpenOrdersDocument>): string[] {
  const orders = read(operations.OrderStateFragmentDoc, result.orders?.nodes ?? []);
  return orders.flatMap(({ events, lines, parcels }) => [
    ...(events?.nodes ?? []).map((event) => {
      const what = 'status' in event ? event.status : event.parcel.trackingNumber;
      return [event.occurredAt.slice(0, 10), event.actor.displayName, what].join();
    }),
    ...lines.map(({ quantity, item }) => quantity.toFixed() + (item?.name ?? '')),
    ...parcels.map(({ carrier, trackingNumber, direction }) => [carrier ?? 'by hand', trackingNumber, direction].join()),
  ]);
}

export function log(result: ResultOf<typeof webhooks.WebhookLogDocument>): string[] {
  const nodes = result.webhook?.deliveries?.nodes ?? [];
  // @ts-expect-error the log is not counted
  result.webhook?.deliveries?.totalCount;
  return nodes.flatMap((node) => {
    const { status, nextAttemptAt } = readWebhooks(webhooks.DeliveryStateFragmentDoc, node);
    const next: string | null | undefined = nextAttemptAt;
    return [status, String(next), ...(node.attempts?.nodes ?? []).map(({ responseStatus, error }) => String(responseStatus ?? error))];
  });
}

// @ts-expect-error null when the webhook was refused
export const secret = (result: ResultOf<typeof webhooks.CreateWebhookDocument>): string => result.createWebhook?.secret;

export const orders: VariablesOf<typeof operations.CreateOrderDocument>[] = [
  { input: { patientId: '1', lines: [{ itemId: '2', quantity: 1 }] } },
  // @ts-expect-error a line has a quantity
  { input: { siteId: '1', lines: [{ itemId: '2' }] } },
  // @ts-expect-error an order has lines
  { input: { siteId: '1' } },
];

export const hooks: VariablesOf<typeof webhooks.CreateWebhookDocument>[] = [
  { input: { url: 'https://example.com/impilo', eventTypes: ['ORDER_STATUS', 'READING_WEIGHT'] } },
  // @ts-expect-error event types are enum values, not names of deliveries
  { input: { url: 'https://example.com/impilo', eventTypes: ['order.status'] } },
];
`;
const USAGES = { 'usage.ts': USAGE, 'readings-usage.ts': READINGS_USAGE, 'orders-usage.ts': ORDERS_USAGE };

async function documentNames(): Promise<string[]> {
  const names = await Promise.all(FOLDERS.map((folder) => readdir(join(REPOSITORY, folder))));
  return names
    .flat()
    .filter((name) => name.endsWith('.graphql'))
    .sort();
}

it('operations are strictly typed', async () => {
  const names = await documentNames();
  expect(names).toEqual(
    expect.arrayContaining([
      'device-operations.graphql',
      'orders.graphql',
      'readings.graphql',
      'status-board.graphql',
      'webhooks.graphql',
    ]),
  );
  const copies = {
    'schema.graphql': 'schema.graphql',
    'codegen.config.cjs': 'test/tools/codegen.config.cjs',
    ...Object.fromEntries(FOLDERS.map((folder) => [`documents/${basename(folder)}`, folder])),
  };
  await inToolFolder(copies, async (folder) => {
    const generated = await runTool('@graphql-codegen/cli/cjs/bin.js', ['--config', 'codegen.config.cjs'], folder);
    if (generated.exitCode !== 0) throw new Error(generated.stdout + generated.stderr);
    expect(await readdir(join(folder, 'generated'))).toEqual(names.map((name) => basename(name, '.graphql')).sort());

    for (const [name, text] of Object.entries(USAGES)) await writeFile(join(folder, name), text);
    await writeFile(
      join(folder, 'tsconfig.json'),
      JSON.stringify({ compilerOptions: COMPILER_OPTIONS, include: [...Object.keys(USAGES), 'generated'] }),
    );
    const checked = await runTool('typescript/bin/tsc', ['--project', folder], folder);
    expect(checked).toEqual({ exitCode: 0, stdout: '', stderr: '' });
  });
});
