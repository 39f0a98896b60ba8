import type { Tx } from '../../platform/db/session';
import type { Entries, Entry } from '../../platform/operation/entries';
import { keysOfPatient, resolvePatientReference, type PatientReference } from './patient-reference';
import type { PatientEntity } from './patient.entity';
import { lockNamedPatients } from './patient.repository';

/** `lockPatient` for the entries of a bulk call: each names a patient of the customer that owns its device. */
export async function lockPatientsOf<
  Input extends PatientReference,
  From extends Entry<Input> & { readonly device: { readonly customerId: string } },
>(
  tx: Tx,
  entries: Entries<Input, object>,
  located: readonly From[],
): Promise<(From & { readonly patient: PatientEntity })[]> {
  const named = entries.each(located, (entry) => ({ entry, keys: keysOfPatient(entry.input) }));
  const patients = await lockNamedPatients(
    tx,
    named.map(({ entry, keys }) => ({ ...keys, customerId: entry.device.customerId })),
  );
  const found = new Map(
    patients.flatMap((patient) => {
      const { customerId, id, externalIdentifier } = patient;
      const names = [{ id }, ...(externalIdentifier === null ? [] : [{ externalIdentifier }])];
      return names.map((name) => [keyOf(customerId, name), patient] as const);
    }),
  );
  return entries
    .each(named, ({ entry: { input, device }, keys: { id, externalIdentifier } }) => ({
      patient: resolvePatientReference(input, {
        byId: id === undefined ? undefined : found.get(keyOf(device.customerId, { id })),
        byIdentifier:
          externalIdentifier === undefined ? undefined : found.get(keyOf(device.customerId, { externalIdentifier })),
      }),
    }))
    .map(({ entry, patient }) => ({ ...entry, patient }));
}

function keyOf(customerId: string, name: { id: string } | { externalIdentifier: string }): string {
  return JSON.stringify([customerId, name]);
}
