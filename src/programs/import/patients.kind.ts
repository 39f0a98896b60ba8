import { z } from 'zod';
import { normalText } from '../../platform/base/normal-text';
import { EntryColumns } from './entry-columns';
import type { ImportKind } from './import-kind';
import { CUSTOMER_NAME, siteName } from './name-columns';
import { lookUpTaken, type Lookup } from './taken-entries';

const ENTRY = z.looseObject({
  externalIdentifier: z.string(),
  customerId: z.coerce.string().nullish(),
  siteId: z.coerce.string().nullish(),
});
const PATIENT = z.looseObject({ site: z.object({ id: z.string(), databaseId: z.string() }).nullish() }).nullable();

const ADDRESS = 'address { lineOne lineTwo lineThree city state zipCode country note }';
const SELECTION = `externalIdentifier firstName lastName dateOfBirth sex email phoneNumber timeZoneOverride archived enrolled ${ADDRESS} site { id databaseId }`;

/** A patient has the same data if all that the file says is equal. What the file leaves out may have any value. */
const CREATED: Lookup = {
  code: 'EXTERNAL_IDENTIFIER_TAKEN',
  fieldsOf: (entry) => {
    const { externalIdentifier, customerId } = ENTRY.parse(entry);
    return [
      {
        field: 'patientByExternalIdentifier',
        arguments: { externalIdentifier: ['String!', externalIdentifier], customerId: ['ID', customerId ?? null] },
        selection: SELECTION,
      },
    ];
  },
  differences: (sent, [found]) => {
    const stored = PATIENT.parse(found);
    if (!stored) return ['externalIdentifier'];
    const { customerId: _customer, externalIdentifier: _identifier, siteId, ...values } = ENTRY.parse(sent);
    const isAtSite = siteId == null || [stored.site?.id, stored.site?.databaseId].includes(siteId);
    return [
      ...Object.entries(values).flatMap(([field, value]) => (isSame(value, stored[field]) ? [] : [field])),
      ...(isAtSite ? [] : ['site']),
    ];
  },
};

/** Whether all that was sent is stored, except for spaces, and for punctuation and case where they mean nothing. */
function isSame(sent: unknown, stored: unknown): boolean {
  if (sent == null) return true;
  if (typeof sent === 'boolean') return sent === stored;
  if (typeof sent === 'object')
    return Object.entries(sent).every(([name, value]) =>
      isSame(value, (stored as Record<string, unknown> | null)?.[name]),
    );
  return formOf(sent as string) === formOf((stored ?? '') as string);
}

/** Phone numbers and email addresses are compared in this form, too: the gateway may store them in another writing. */
function formOf(value: string): string {
  const text = normalText(value);
  if (/^[+\d][\d\s().-]{5,}$/.test(text) && !/^\d{4}-\d{2}-\d{2}$/.test(text)) return text.replace(/\D/g, '');
  const plain = text.replace(/\s+/g, ' ');
  return plain.includes('@') ? plain.toLowerCase() : plain;
}

const NAMES = [CUSTOMER_NAME, siteName({ hasWarehouses: false })];

/** Fields of the address whose names do not say that they belong to it. */
const RENAMED = {
  lineOne: 'addressLineOne',
  lineTwo: 'addressLineTwo',
  lineThree: 'addressLineThree',
  note: 'addressNote',
};

export const PATIENTS: ImportKind = {
  name: 'patients',
  one: 'patient',
  done: 'created',
  description: 'Create the patients of a file',
  mutation: 'createPatients',
  entryType: 'CreatePatientEntryInput',
  maxBatchSize: 200,
  permission: 'to create patients, which takes the role MEMBER, ADMIN or OPERATOR',
  again:
    'Patients that exist with the same data count as duplicates. Those without an externalIdentifier are created again.',
  resultFields: '',
  hasKeys: true,
  names: NAMES,
  cellOptions: ['dateFormat'],
  columnsOf: (contract, options) => new EntryColumns(contract, NAMES, options, RENAMED),
  recognize: (ask, entries, results) => lookUpTaken(CREATED, ask, entries, results),
};
