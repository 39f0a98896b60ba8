import type { CallerName, TestApp } from './test-app';

export const PATIENT = `id databaseId customer { databaseId } externalIdentifier firstName lastName dateOfBirth sex email phoneNumber
  address { lineOne lineTwo lineThree city state zipCode country note } archived enrolled timeZone site { databaseId }`;

export interface UserError {
  code: string;
  message: string;
  path: string[] | null;
}

export interface PatientAnswer {
  patient:
    | (Record<string, unknown> & { databaseId: string; externalIdentifier: string | null; timeZone: string | null })
    | null;
  userErrors: UserError[];
}

type Input = Record<string, unknown>;

/** `createPatient` and `updatePatient` with all that they answer. */
export class Patients {
  constructor(private readonly app: TestApp) {}

  async create(input: Input, caller: CallerName | { key: string } = 'northside', instance = 0): Promise<PatientAnswer> {
    const mutation = `mutation ($input: CreatePatientInput!) { answer: createPatient(input: $input) { patient { ${PATIENT} } userErrors { code message path } } }`;
    return (
      await this.app.data<{ answer: PatientAnswer }>(
        caller,
        mutation,
        { input: { firstName: 'Ann', lastName: 'Lee', ...input } },
        instance,
      )
    ).answer;
  }

  async update(input: Input, caller: CallerName | { key: string } = 'northside'): Promise<PatientAnswer> {
    const mutation = `mutation ($input: UpdatePatientInput!) { answer: updatePatient(input: $input) { patient { ${PATIENT} } userErrors { code message path } } }`;
    return (await this.app.data<{ answer: PatientAnswer }>(caller, mutation, { input })).answer;
  }

  /** Makes a patient who must not be refused. */
  async made(input: Input = {}, caller: CallerName = 'northside'): Promise<NonNullable<PatientAnswer['patient']>> {
    const { patient, userErrors } = await this.create(input, caller);
    expect(userErrors).toEqual([]);
    return patient!;
  }

  /** What is stored of patients, as a number and a digest, and how many events there are: to see that nothing was written. */
  async stored(): Promise<{ patients: number; digest: string; events: number }> {
    const { rows } = await this.app.admin.query<{ patients: number; digest: string; events: number }>(
      `select count(*)::int as patients, sum(hashtextextended(p::text, 0))::text as digest,
         (select count(*)::int from event) as events from patient p`,
    );
    return rows[0]!;
  }

  /** Asserts that a call is refused with these errors and writes nothing. */
  async expectRefused(
    call: () => Promise<PatientAnswer>,
    ...errors: [code: string, ...path: string[]][]
  ): Promise<void> {
    const before = await this.stored();
    const answer = await call();
    expect(answer.patient).toBeNull();
    expect(answer.userErrors.map(({ code, path }) => [code, ...(path ?? [])])).toEqual(errors);
    for (const { message } of answer.userErrors) expect(message).toMatch(/^.{10,200}\.$/s);
    expect(await this.stored()).toEqual(before);
  }
}
