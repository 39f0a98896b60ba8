import type { CallerName, TestApp } from './test-app';

export const PATIENT = `id databaseId customer { databaseId } externalIdentifier firstName lastName dateOfBirth sex email phoneNumber
  address { lineOne lineTwo lineThree city state zipCode country note } archived archivedAt enrolled timeZone timeZoneOverride site { databaseId } version createdAt updatedAt`;

export interface UserError {
  code: string;
  message: string;
  path: string[] | null;
}

export interface PatientValues extends Record<string, unknown> {
  id: string;
  databaseId: string;
  externalIdentifier: string | null;
  timeZone: string | null;
  archivedAt: string | null;
  version: number;
  createdAt: string;
  updatedAt: string;
}

export interface PatientPayload {
  patient: PatientValues | null;
  userErrors: UserError[];
}

export type PatientMutation = 'updatePatient' | 'archivePatient' | 'unarchivePatient';

type Input = Record<string, unknown>;

/** A patient after a change. */
export function changedTo(before: PatientValues, change: object): unknown {
  const updatedAt = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string;
  return { ...before, ...change, version: before.version + 1, updatedAt };
}

/** The mutations of patients, with all fields of their payloads. */
export class Patients {
  constructor(private readonly app: TestApp) {}

  async create(
    input: Input,
    caller: CallerName | { key: string } = 'northside',
    instance = 0,
  ): Promise<PatientPayload> {
    const mutation = `mutation ($input: CreatePatientInput!) { payload: createPatient(input: $input) { patient { ${PATIENT} } userErrors { code message path } } }`;
    return (
      await this.app.data<{ payload: PatientPayload }>(
        caller,
        mutation,
        { input: { firstName: 'Ann', lastName: 'Lee', ...input } },
        instance,
      )
    ).payload;
  }

  async change(
    name: PatientMutation,
    input: Input,
    caller: CallerName | { key: string } = 'northside',
  ): Promise<PatientPayload> {
    const type = `${name[0]!.toUpperCase()}${name.slice(1)}Input`;
    const mutation = `mutation ($input: ${type}!) { payload: ${name}(input: $input) { patient { ${PATIENT} } userErrors { code message path } } }`;
    return (await this.app.data<{ payload: PatientPayload }>(caller, mutation, { input })).payload;
  }

  update(input: Input, caller?: CallerName | { key: string }): Promise<PatientPayload> {
    return this.change('updatePatient', input, caller);
  }

  /** Creates a patient, which must succeed. */
  async made(input: Input = {}, caller: CallerName = 'northside'): Promise<PatientValues> {
    const { patient, userErrors } = await this.create(input, caller);
    expect(userErrors).toEqual([]);
    return patient!;
  }

  /** Number and digest of patients, and number of events, to detect writes. */
  async stored(): Promise<{ patients: number; digest: string; events: number }> {
    const { rows } = await this.app.admin.query<{ patients: number; digest: string; events: number }>(
      `select count(*)::int as patients, sum(hashtextextended(p::text, 0))::text as digest,
         (select count(*)::int from event) as events from patient p`,
    );
    return rows[0]!;
  }

  /** Asserts that a call with an old version is refused, returns the current patient and writes nothing. */
  async expectStale(patient: PatientValues, call: () => Promise<PatientPayload>): Promise<void> {
    const before = await this.stored();
    const payload = await call();
    expect(payload.patient).toEqual(patient);
    expect(payload.userErrors).toMatchObject([{ code: 'STALE_VERSION', path: ['input', 'expectedVersion'] }]);
    expect(await this.stored()).toEqual(before);
  }

  /** Asserts that a call is refused with these errors and writes nothing. */
  async expectRefused(
    call: () => Promise<PatientPayload>,
    ...errors: [code: string, ...path: string[]][]
  ): Promise<void> {
    const before = await this.stored();
    const payload = await call();
    expect(payload.patient).toBeNull();
    expect(payload.userErrors.map(({ code, path }) => [code, ...(path ?? [])])).toEqual(errors);
    for (const { message } of payload.userErrors) expect(message).toMatch(/^.{10,200}\.$/s);
    expect(await this.stored()).toEqual(before);
  }
}
