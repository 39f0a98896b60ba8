import { PATIENT, type PatientValues } from './patients';
import type { TestApp } from './test-app';

/** A patient as GraphQL returns it, in the form of REST. */
export function inRestForm(patient: PatientValues): Record<string, unknown> {
  const { id: _id, databaseId, archivedAt: _archivedAt, customer, site, sex, ...same } = patient;
  return {
    ...same,
    id: Number(databaseId),
    customerId: idOf(customer),
    site: site === null ? null : { id: idOf(site) },
    sex: (sex as string | null)?.toLowerCase() ?? null,
  };
}

function idOf(node: unknown): number {
  return Number((node as { databaseId: string }).databaseId);
}

const LIST = `query ($filter: PatientFilter, $search: String, $sort: PatientSort, $after: String) {
  patients(first: 100, after: $after, filter: $filter, search: $search, sort: $sort) { nodes { ${PATIENT} } pageInfo { endCursor } } }`;

/** All patients that GraphQL lists, in the form of REST. */
export async function patientsInRestForm(app: TestApp, args: object = {}): Promise<Record<string, unknown>[]> {
  const found: PatientValues[] = [];
  let after: string | null | undefined;
  while (after !== null) {
    const { patients } = await app.data<{ patients: PageOfPatients }>('northside', LIST, { ...args, after });
    found.push(...patients.nodes);
    after = patients.pageInfo.endCursor;
  }
  return found.map(inRestForm);
}

interface PageOfPatients {
  nodes: PatientValues[];
  pageInfo: { endCursor: string | null };
}
