import { DeviceFixture, type Situation } from '../support/device-fixture';

let fixture: DeviceFixture;
beforeAll(async () => {
  fixture = await DeviceFixture.start();
});
afterAll(() => fixture.stop());

/** Runs statements in one transaction as a superuser, who bypasses row-level security. Returns the violated constraint. */
async function broken(...statements: (string | [string, unknown[]])[]): Promise<string | undefined> {
  await fixture.sql('begin');
  try {
    for (const statement of statements) {
      const [text, values] = typeof statement === 'string' ? [statement] : statement;
      await fixture.sql(text, values);
    }
    await fixture.sql('commit');
    return undefined;
  } catch (error) {
    await fixture.sql('rollback');
    return (error as { constraint?: string }).constraint;
  }
}

const ASSOCIATION = `insert into device_association (customer_id, device_id, patient_id, started_at, ended_at, started_by_kind,
  started_by_label, ended_by_kind, ended_by_label)
  values (1, $1, $2, $3, $4::timestamptz, 'SYSTEM', 'test', case when $4 is not null then 'SYSTEM' end, case when $4 is not null then 'test' end)`;

function association(deviceId: string, patientId: string, from: string, to: string | null): [string, unknown[]] {
  return [ASSOCIATION, [deviceId, patientId, from, to]];
}

describe('the database refuses a device', () => {
  const warehouse = (): Partial<Situation> => ({ siteId: fixture.sites.warehouse });
  const clinic = (): Partial<Situation> => ({ siteId: fixture.sites.clinic });
  const held = (): Partial<Situation> => ({ holderId: fixture.patients.ann });
  const both =
    (...parts: (() => Partial<Situation>)[]) =>
    () =>
      Object.assign({}, ...parts.map((part) => part())) as Partial<Situation>;
  const inOrder = () => ({ inOrder: true });
  const onReturnLeg = () => ({ onReturnLeg: true });
  const nothing = () => ({});

  it.each<[Situation['status'], string, () => Partial<Situation>, string]>([
    ['AVAILABLE', 'at a customer’s site', clinic, 'device_status_fits'],
    ['AVAILABLE', 'at no site', nothing, 'device_status_fits'],
    ['AVAILABLE', 'with a holder', both(warehouse, held), 'device_holder_not_at_impilo_site'],
    ['AVAILABLE', 'in an open order', both(warehouse, inOrder), 'device_status_fits'],
    ['AVAILABLE', 'on a return leg', both(warehouse, onReturnLeg), 'device_status_fits'],
    ['AVAILABLE_AT_SITE', 'in a warehouse', warehouse, 'device_status_fits'],
    ['AVAILABLE_AT_SITE', 'at no site', nothing, 'device_status_fits'],
    ['AVAILABLE_AT_SITE', 'with a holder', both(clinic, held), 'device_status_fits'],
    ['AVAILABLE_AT_SITE', 'in an open order', both(clinic, inOrder), 'device_status_fits'],
    ['AVAILABLE_AT_SITE', 'on a return leg', both(clinic, onReturnLeg), 'device_status_fits'],
    ['WITH_PATIENT', 'without a holder', clinic, 'device_status_fits'],
    ['WITH_PATIENT', 'in a warehouse', both(warehouse, held), 'device_holder_not_at_impilo_site'],
    ['IN_TRANSIT', 'in no order', held, 'device_status_fits'],
    ['IN_TRANSIT', 'on a return leg only', onReturnLeg, 'device_status_fits'],
    ['IN_TRANSIT', 'at a customer’s site', both(clinic, inOrder), 'device_status_fits'],
    ['IN_TRANSIT', 'in a warehouse', both(warehouse, inOrder), 'device_status_fits'],
    ['RETURNING', 'with a holder', held, 'device_status_fits'],
    ['RETURNING', 'at a site', clinic, 'device_status_fits'],
    ['RETURNING', 'in an open order', inOrder, 'device_status_fits'],
    ['DECOMMISSIONED', 'with a holder in a warehouse', both(warehouse, held), 'device_holder_not_at_impilo_site'],
    ['LOST', 'with a holder in a warehouse', both(warehouse, held), 'device_holder_not_at_impilo_site'],
    ['LOST', 'at a site of another customer', () => ({ siteId: fixture.sites.lakeview }), 'device_site_owner'],
    [
      'LOST',
      'with a holder of another customer',
      () => ({ holderId: fixture.patients.lakeview }),
      'device(_association)?_patient',
    ],
  ])('in status %s, %s', async (status, _name, where, constraint) => {
    const before = await fixture.written();

    await expect(fixture.device({ status, ...where() })).rejects.toMatchObject({
      constraint: expect.stringMatching(`^${constraint}$`) as string,
    });

    expect(await fixture.written()).toEqual(before);
  });

  it.each<[string, string, string]>([
    ['of Impilo', `customer_id = 0`, 'device_not_of_impilo'],
    [
      'in another customer’s order',
      `current_status = 'LOST', order_id = (select id from other_order)`,
      'device_open_order',
    ],
    [
      'on another customer’s return leg',
      `current_status = 'LOST', return_order_id = (select id from other_order)`,
      'device_return_order',
    ],
    ['at a site that does not exist', 'site_id = 4711', 'device_site'],
    ['with a site owner but no site', `current_status = 'LOST', site_id = null`, 'device_site'],
    ['with an unknown status', `current_status = 'STOLEN'`, 'device_current_status_check'],
    ['of version 0', 'version = 0', 'device_version_check'],
  ])('%s', async (_name, columns, constraint) => {
    const { id } = await fixture.freeDevice();
    const otherOrder = `insert into device_order (customer_id, kind, current_status, patient_id) values (2, 'STANDARD', 'CREATED', ${fixture.patients.lakeview})`;
    await fixture.sql(otherOrder);

    const statement = `with other_order as (select max(id) as id from device_order where customer_id = 2) update device set ${columns} where id = ${id}`;

    expect(await broken(statement)).toMatch(new RegExp(`^${constraint}$`));
  });
});

describe('the database keeps holder and association equal', () => {
  it('refuses, at commit, a holder without an open association', async () => {
    const { id } = await fixture.freeDevice();
    const hold = `update device set current_status = 'WITH_PATIENT', patient_id = ${fixture.patients.ann} where id = ${id}`;

    await fixture.sql('begin');
    await fixture.sql(hold);
    await expect(fixture.sql('commit')).rejects.toMatchObject({ constraint: 'device_holder_has_association' });
    expect(await fixture.row(id)).toMatchObject({ status: 'AVAILABLE_AT_SITE', holderId: null });

    const ended = association(id, fixture.patients.ann, '2026-01-01', '2026-01-02');
    expect(await broken(hold, ended)).toBe('device_holder_has_association');
    const another = association(id, fixture.patients.bob, '2026-01-01', null);
    expect(await broken(hold, another)).toMatch(/^device_(holder_has_association|association_is_of_holder)$/);
  });

  it('refuses, at commit, an open association without the holder', async () => {
    const { id } = await fixture.freeDevice();

    expect(await broken(association(id, fixture.patients.ann, '2026-01-01', null))).toBe(
      'device_association_is_of_holder',
    );
  });

  it('refuses, at commit, that only one of the two ends', async () => {
    const { id } = await fixture.device({ status: 'WITH_PATIENT', holderId: fixture.patients.ann });
    const endOfAssociation = `update device_association set ended_at = clock_timestamp(), ended_by_kind = 'SYSTEM', ended_by_label = 'test' where device_id = ${id}`;
    const endOfHolder = `update device set current_status = 'RETURNING', patient_id = null where id = ${id}`;

    expect(await broken(endOfAssociation)).toBe('device_holder_has_association');
    expect(await broken(endOfHolder)).toBe('device_association_is_of_holder');
    expect(await broken(endOfAssociation, endOfHolder)).toBeUndefined();
  });
});

describe('the database refuses an association', () => {
  it.each([
    ['within another', '2026-01-02', '2026-01-03'],
    ['around another', '2025-12-01', '2026-02-01'],
    ['that begins in another', '2026-01-04', '2026-01-09'],
    ['that ends in another', '2025-12-01', '2026-01-02'],
    ['in the same period', '2026-01-01', '2026-01-05'],
    ['without an end that begins before another', '2025-12-01', null],
  ])('of one device %s', async (_name, from, to) => {
    const { id } = await fixture.freeDevice();
    const { ann, bob } = fixture.patients;

    expect(await broken(association(id, ann, '2026-01-01', '2026-01-05'))).toBeUndefined();
    expect(await broken(association(id, bob, from, to))).toBe('device_association_no_overlap');
    expect(await broken(association(id, ann, from, to))).toBe('device_association_no_overlap');
  });

  it('except one that starts when the previous one ends, and those of other devices', async () => {
    const [one, other] = [await fixture.freeDevice(), await fixture.freeDevice()];
    const { ann, bob } = fixture.patients;

    expect(await broken(association(one.id, ann, '2026-01-01', '2026-01-05'))).toBeUndefined();
    expect(await broken(association(one.id, bob, '2026-01-05', '2026-01-06'))).toBeUndefined();
    expect(await broken(association(other.id, ann, '2026-01-01', '2026-01-05'))).toBeUndefined();
  });

  it.each([
    [
      'that ends before it begins',
      () => association('$device', fixture.patients.ann, '2026-01-05', '2026-01-01'),
      'device_association_period',
    ],
    [
      'with another customer’s patient',
      () => association('$device', fixture.patients.lakeview, '2026-01-01', '2026-01-02'),
      'device_association_patient',
    ],
  ])('%s', async (_name, statement, constraint) => {
    const { id } = await fixture.freeDevice();
    const [text, values] = statement();

    expect(await broken([text, [id, ...values.slice(1)]])).toBe(constraint);
  });

  it('of another customer’s device', async () => {
    const { id } = await fixture.device({ status: 'LOST', customerId: fixture.customers.lakeview });

    expect(await broken(association(id, fixture.patients.ann, '2026-01-01', '2026-01-02'))).toBe(
      'device_association_device',
    );
  });

  it('that ended without an actor', async () => {
    const { id } = await fixture.device({ status: 'WITH_PATIENT', holderId: fixture.patients.ann });

    expect(await broken(`update device_association set ended_at = clock_timestamp() where device_id = ${id}`)).toBe(
      'device_association_ended_by',
    );
  });
});

describe('the database refuses', () => {
  it('two status changes of one version of a device', async () => {
    const { id } = await fixture.freeDevice();
    const again = `insert into device_status_change (customer_id, device_id, device_version, status, reason, changed_at, changed_by_kind, changed_by_label)
      values (1, ${id}, 1, 'LOST', 'STATUS_OVERRIDE', clock_timestamp(), 'SYSTEM', 'test')`;

    expect(await broken(again)).toBe('device_status_change_version');
  });

  it.each([
    [
      'an identifier that another device has in any form',
      'IMEI',
      (serial: string) => serial.toLowerCase().replace('-', ':'),
      'device_identifier_unique',
    ],
    ['an identifier that is empty when normalized', 'IMEI', () => ' -:', 'device_identifier_normalized'],
    ['a second identifier of one type', 'SERIAL', (serial: string) => `${serial}b`, 'device_identifier_pkey'],
  ])('%s', async (_name, type, valueOf, constraint) => {
    const [one, other] = [await fixture.freeDevice(), await fixture.freeDevice()];
    const value = valueOf(other.serial);
    const normalized = value.toUpperCase().replace(/[\s:-]/g, '');

    expect(
      await broken([
        `insert into device_identifier (customer_id, device_id, type, value, normalized) values (1, $1, $2, $3, $4)`,
        [one.id, type, value, normalized],
      ]),
    ).toBe(constraint);
  });

  it('an order for a patient and a site, for neither, or for a recipient of another customer', async () => {
    const order = (patientId: string, siteId: string) =>
      `insert into device_order (customer_id, kind, current_status, patient_id, site_id) values (1, 'STANDARD', 'CREATED', ${patientId}, ${siteId})`;
    const { patients, sites } = fixture;

    expect(await broken(order(patients.ann, sites.clinic))).toBe('device_order_one_recipient');
    expect(await broken(order('null', 'null'))).toBe('device_order_one_recipient');
    expect(await broken(order(patients.lakeview, 'null'))).toBe('device_order_patient');
    expect(await broken(order('null', sites.lakeview))).toBe('device_order_site');
    expect(await broken(order('null', sites.warehouse))).toBe('device_order_site');
  });
});
