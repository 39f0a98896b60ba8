import { ActorKind } from '../../src/platform/access/actor';
import { buildDemoData } from '../../src/programs/demo/demo-data';
import type { StatusChangeRow } from '../../src/programs/demo/demo-rows';
import { DeviceIdentifierType, DeviceStatus, StatusChangeReason } from '../../src/features/device/device-status';
import { ReadingKind } from '../../src/features/kind/reading-kind';
import { OrderStatus } from '../../src/features/order/order-status';
import { groupBy } from '../support/group-by';
import { expectRecent, textsOf } from './demo-readings';

const { AVAILABLE, AVAILABLE_AT_SITE, DECOMMISSIONED, IN_TRANSIT, LOST, RETURNING, WITH_PATIENT } = DeviceStatus;

/** A Sunday; on other days the data are the same but for their times, see readings.test.ts. */
const NOW = new Date('2026-11-22T11:54:00.000Z');

const ascends = (values: readonly number[]) =>
  values.every((value, index) => index === 0 || values[index - 1]! <= value);

const { reading, ...data } = buildDemoData(NOW);

test('is the same each time, readings and all', () => {
  const again = buildDemoData(NOW);
  expect(textsOf(again)).toEqual(textsOf(data));
  expect(reading.length).toBeGreaterThan(40_000);
  expect(JSON.stringify(again.reading) === JSON.stringify(reading)).toBe(true);
});

describe('demo data', () => {
  const devices = new Map(data.device.map((row) => [row.id, row]));
  const sites = new Map(data.site.map((row) => [row.id, row]));
  const patients = new Map(data.patient.map((row) => [row.id, row]));
  const orders = new Map(data.device_order.map((row) => [row.id, row]));
  const histories = groupBy(data.device_status_change, (row) => row.device_id);
  const customersOf = (status: DeviceStatus) =>
    [
      ...groupBy(
        data.device.filter((row) => row.current_status === status),
        (row) => row.customer_id,
      ).keys(),
    ].sort();

  test('has the sizes that it is meant to have', () => {
    expect(data.customer.map(({ id, name }) => [id, name])).toEqual([
      [1, 'Northside Health'],
      [2, 'Lakeview Care'],
    ]);
    expect(data.item).toHaveLength(6);
    expect(new Set(data.item.flatMap((row) => row.reading_kinds))).toEqual(new Set(Object.values(ReadingKind)));
    expect([...groupBy(data.site, (row) => row.customer_id)].map(([id, rows]) => [id, rows.length])).toEqual([
      [0, 2],
      [1, 7],
      [2, 4],
    ]);
    expect(data.site.filter((row) => !row.active)).toHaveLength(1);
    const patientCounts = groupBy(data.patient, (row) => row.customer_id);
    expect([patientCounts.get(1)!.length, patientCounts.get(2)!.length]).toEqual([306, 152]);
    expect(data.device.length).toBeGreaterThan(1950);
    expect(data.device.length).toBeLessThan(2050);
  });

  test.each(Object.values(DeviceStatus))('has at least 20 devices that are %s, some of each customer', (status) => {
    expect(data.device.filter((row) => row.current_status === status).length).toBeGreaterThanOrEqual(20);
    expect(customersOf(status)).toEqual([1, 2]);
  });

  test('shows every reason of a change', () => {
    expect(new Set(data.device_status_change.map((row) => row.reason))).toEqual(
      new Set(Object.values(StatusChangeReason)),
    );
  });

  test('has what the walkthrough of the guide relies on', () => {
    const device = devices.get(1)!;
    expect(device).toMatchObject({
      customer_id: 1,
      current_status: 'AVAILABLE_AT_SITE',
      site_customer_id: 1,
      patient_id: null,
    });
    expect(sites.get(device.site_id!)).toMatchObject({ customer_id: 1, active: true });
    expect(
      data.device_identifier.filter((row) => row.device_id === 1 && row.type === DeviceIdentifierType.SERIAL),
    ).toEqual([{ customer_id: 1, device_id: 1, type: 'SERIAL', value: 'ABC123', normalized: 'ABC123' }]);
    const [patient, ...others] = data.patient.filter((row) => row.external_identifier === 'external-identifier');
    expect(others).toEqual([]);
    expect(patient).toMatchObject({ customer_id: 1, archived: false });
    expect(data.device_association.filter((row) => row.device_id === 1 && row.patient_id === patient!.id)).toEqual([]);
  });

  test('numbers rows of every table by time', () => {
    for (const rows of [data.patient, data.device, data.device_order, data.site]) {
      expect(rows.map((row) => row.id)).toEqual(rows.map((_, index) => index + 1));
      expect(ascends(rows.map((row) => row.created_at.getTime()))).toBe(true);
    }
    expect(data.device_status_change.map((row) => row.id)).toEqual(
      data.device_status_change.map((_, index) => index + 1),
    );
    expect(ascends(data.device_status_change.map((row) => row.changed_at.getTime()))).toBe(true);
    expect(data.device_association.map((row) => row.id)).toEqual(data.device_association.map((_, index) => index + 1));
    expect(ascends(data.device_association.map((row) => row.started_at.getTime()))).toBe(true);
  });

  test('lies in the past fourteen months, up to now', () => expectRecent(data, NOW));

  test('has a history for each device that leads to what the device is now', () => {
    expect(histories.size).toBe(data.device.length);
    const [told, expected] = [new Map<number, object>(), new Map<number, object>()];
    for (const [deviceId, history] of histories) {
      const device = devices.get(deviceId)!;
      const [first, last] = [history[0]!, history.at(-1)!];
      told.set(deviceId, {
        first: [first.reason, first.status, first.previous_status, first.patient_id, first.changed_at],
        before: [first.previous_patient_id, first.previous_site_id],
        last: [last.device_version, last.status, last.patient_id, last.site_id, last.changed_at],
      });
      expected.set(deviceId, {
        first: ['REGISTERED', AVAILABLE, null, null, device.created_at],
        before: [null, null],
        last: [device.version, device.current_status, device.patient_id, device.site_id, device.updated_at],
      });
    }
    expect(told).toEqual(expected);
    const broken = [...histories].filter(([deviceId, history]) =>
      history.some((row, index) => {
        const former = history[index - 1];
        const continued =
          !former ||
          (row.previous_status === former.status &&
            row.previous_patient_id === former.patient_id &&
            row.previous_site_id === former.site_id &&
            row.changed_at > former.changed_at);
        return row.device_version !== index + 1 || row.customer_id !== devices.get(deviceId)!.customer_id || !continued;
      }),
    );
    expect(broken).toEqual([]);
  });

  test('knows of each device since when it has its status: a change that leaves the status as it is does not count', () => {
    const changedAt = (history: readonly StatusChangeRow[]) =>
      history.findLast((row) => row.status !== row.previous_status)!.changed_at;
    expect(data.device.map((row) => [row.id, row.status_changed_at])).toEqual(
      data.device.map((row) => [row.id, changedAt(histories.get(row.id)!)]),
    );
    const moved = data.device.filter((row) => row.status_changed_at < row.updated_at);
    expect(new Set(moved.map((row) => row.current_status))).toEqual(new Set([AVAILABLE_AT_SITE, DECOMMISSIONED, LOST]));
  });

  test('changes devices only as the rules allow', () => {
    const impilo = (siteId: number | null) => siteId !== null && sites.get(siteId)!.customer_id === 0;
    const own = (siteId: number | null) => siteId !== null && sites.get(siteId)!.customer_id !== 0;
    const kept = (row: StatusChangeRow) =>
      row.status === row.previous_status && (row.status === LOST || row.status === DECOMMISSIONED);
    const rules: Record<StatusChangeReason, (row: StatusChangeRow) => boolean> = {
      REGISTERED: (row) => row.status === AVAILABLE && impilo(row.site_id),
      ORDER_PROCESSED: (row) => row.previous_status === AVAILABLE && row.status === IN_TRANSIT && row.site_id === null,
      ORDER_DELIVERED: (row) =>
        row.previous_status === IN_TRANSIT &&
        row.patient_id === row.previous_patient_id &&
        (row.patient_id === null
          ? row.status === AVAILABLE_AT_SITE && own(row.site_id)
          : row.status === WITH_PATIENT && row.site_id === null),
      ORDER_CANCELLED: (row) =>
        row.previous_status === IN_TRANSIT &&
        row.status === AVAILABLE &&
        row.patient_id === null &&
        impilo(row.site_id),
      ASSOCIATED: (row) =>
        row.previous_status === AVAILABLE_AT_SITE &&
        row.status === WITH_PATIENT &&
        row.patient_id !== null &&
        row.site_id === row.previous_site_id &&
        own(row.site_id),
      ASSOCIATED_WITH_SITE: (row) =>
        row.previous_patient_id === null && own(row.site_id) && (row.status === AVAILABLE_AT_SITE || kept(row)),
      DISASSOCIATED: (row) =>
        row.previous_patient_id !== null &&
        row.patient_id === null &&
        (kept(row) || row.status === (row.site_id === null ? RETURNING : AVAILABLE_AT_SITE)),
      REPLACED: (row) =>
        (row.previous_patient_id !== null || own(row.previous_site_id)) &&
        row.patient_id === null &&
        row.site_id === null &&
        row.status === RETURNING,
      RETURN_RECEIVED: (row) =>
        row.patient_id === null && impilo(row.site_id) && (row.status === AVAILABLE || row.status === DECOMMISSIONED),
      STATUS_OVERRIDE: (row) =>
        row.patient_id === row.previous_patient_id &&
        row.site_id === row.previous_site_id &&
        (row.status === LOST || (row.status === WITH_PATIENT && row.patient_id !== null)),
      READINGS_DISABLED: (row) => row.status === DECOMMISSIONED && row.patient_id === row.previous_patient_id,
      READINGS_ENABLED: (row) =>
        row.previous_status === DECOMMISSIONED && row.status === WITH_PATIENT && row.patient_id !== null,
    };
    expect(data.device_status_change.filter((row) => !rules[row.reason](row))).toEqual([]);
  });

  test('lets staff of Impilo fulfil orders and the customers do the rest', () => {
    const operators: StatusChangeReason[] = [
      StatusChangeReason.REGISTERED,
      StatusChangeReason.ORDER_DELIVERED,
      StatusChangeReason.RETURN_RECEIVED,
    ];
    const customers: StatusChangeReason[] = [
      StatusChangeReason.ASSOCIATED,
      StatusChangeReason.ASSOCIATED_WITH_SITE,
      StatusChangeReason.DISASSOCIATED,
      StatusChangeReason.READINGS_DISABLED,
      StatusChangeReason.READINGS_ENABLED,
      StatusChangeReason.REPLACED,
    ];
    const kindsOf = (reasons: StatusChangeReason[]) =>
      [
        ...new Set(
          data.device_status_change.filter((row) => reasons.includes(row.reason)).map((row) => row.changed_by_kind),
        ),
      ].sort();
    expect(kindsOf(operators)).toEqual([ActorKind.OPERATOR]);
    expect(kindsOf(customers)).toEqual([ActorKind.API_KEY, ActorKind.USER]);
  });

  test('has an association for each period with a patient in the history, and no other', () => {
    const expected = [...histories].flatMap(([deviceId, history]) => {
      const periods: Record<string, unknown>[] = [];
      for (const row of history) {
        if (row.patient_id === row.previous_patient_id) continue;
        const by = { kind: row.changed_by_kind, label: row.changed_by_label };
        if (row.previous_patient_id !== null) Object.assign(periods.at(-1)!, { until: row.changed_at, endedBy: by });
        if (row.patient_id === null) continue;
        periods.push({
          deviceId,
          patientId: row.patient_id,
          from: row.changed_at,
          startedBy: by,
          until: null,
          endedBy: null,
        });
      }
      return periods;
    });
    const actual = data.device_association
      .map((row) => ({
        deviceId: row.device_id,
        patientId: row.patient_id,
        from: row.started_at,
        startedBy: { kind: row.started_by_kind, label: row.started_by_label },
        until: row.ended_at,
        endedBy: row.ended_by_kind && { kind: row.ended_by_kind, label: row.ended_by_label },
      }))
      .sort((a, b) => a.deviceId - b.deviceId || a.from.getTime() - b.from.getTime());
    expect(actual).toEqual(expected);
    expect(actual.filter((row) => row.until).length).toBeGreaterThan(150);
  });

  test('keeps to one customer whatever belongs together', () => {
    const ownerOfPatient = (id: number) => patients.get(id)!.customer_id;
    const ownerOfSite = (id: number) => sites.get(id)!.customer_id;
    const owners = (ids: (number | null)[], ownerOf: (id: number) => number) =>
      ids.flatMap((id) => (id === null ? [] : [ownerOf(id)]));
    const ownerOfOrder = (id: number) => orders.get(id)!.customer_id;
    const strayed = data.device.filter((row) =>
      [
        ...owners([row.patient_id], ownerOfPatient),
        ...owners([row.order_id, row.return_order_id], ownerOfOrder),
        // The site may be Impilo's; the row says whose it is.
        ...(row.site_customer_id === (row.site_id === null ? null : ownerOfSite(row.site_id)) ? [] : ['other site']),
      ].some((owner) => owner !== row.customer_id),
    );
    expect(strayed).toEqual([]);
    const ofOthers = data.device_association.filter(
      (row) =>
        ownerOfPatient(row.patient_id) !== row.customer_id ||
        devices.get(row.device_id)!.customer_id !== row.customer_id,
    );
    expect(ofOthers).toEqual([]);
    const elsewhere = [...data.patient, ...data.device_order].filter(
      (row) => row.site_id !== null && ownerOfSite(row.site_id) !== row.customer_id,
    );
    expect(elsewhere).toEqual([]);
  });

  test('has an open order for what is under way, and a replacement for what comes back defective', () => {
    for (const device of data.device.filter((row) => row.current_status === DeviceStatus.IN_TRANSIT)) {
      const order = orders.get(device.order_id!)!;
      expect(['PROCESSED', 'SHIPPED', 'AVAILABLE_FOR_PICKUP']).toContain(order.current_status);
      expect(order.patient_id).toBe(device.patient_id);
    }
    expect(
      data.device.filter((row) => row.order_id !== null && row.current_status !== DeviceStatus.IN_TRANSIT),
    ).toEqual([]);
    const returning = data.device.filter((row) => row.return_order_id !== null);
    expect(returning.length).toBeGreaterThan(0);
    for (const device of returning) {
      expect(orders.get(device.return_order_id!)!.kind).toBe('REPLACEMENT');
      expect(['RETURNING', 'LOST']).toContain(device.current_status);
    }
    expect(data.device_order.filter((row) => row.current_status === OrderStatus.CREATED).length).toBeGreaterThanOrEqual(
      2,
    );
  });

  test('gives nothing to patients who have been archived', () => {
    expect(data.patient.some((row) => row.archived)).toBe(true);
    for (const row of data.device_association) {
      const patient = patients.get(row.patient_id)!;
      if (patient.archived) expect(row.ended_at !== null && row.started_at <= patient.updated_at).toBe(true);
    }
  });
});
