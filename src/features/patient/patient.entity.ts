import { Column, Entity, ForeignKey, Unique } from '../../platform/db/entity';
import { VersionedRow } from '../../platform/db/customer-row.entity';
import { Table } from '../../platform/db/table';
import type { AddressValue } from '../../platform/graphql/address.type';
import type { Sex } from './sex';

@Entity('patient')
@Unique('patient_external_identifier_unique', ['customerId', 'externalIdentifier'])
@ForeignKey('CustomerEntity', ['customerId'], ['id'], { name: 'patient_customer_id_fkey' })
@ForeignKey('SiteEntity', ['customerId', 'siteId'], ['customerId', 'id'], { name: 'patient_site' })
export class PatientEntity extends VersionedRow {
  @Column({ name: 'external_identifier', type: 'text', nullable: true })
  externalIdentifier: string | null;

  @Column({ name: 'first_name', type: 'text' })
  firstName: string;

  @Column({ name: 'last_name', type: 'text' })
  lastName: string;

  /** Calendar date, YYYY-MM-DD. */
  @Column({ name: 'date_of_birth', type: 'date', nullable: true })
  dateOfBirth: string | null;

  @Column({ type: 'text', nullable: true })
  sex: Sex | null;

  @Column({ type: 'text', nullable: true })
  email: string | null;

  @Column({ name: 'phone_number', type: 'text', nullable: true })
  phoneNumber: string | null;

  @Column({ type: 'jsonb', nullable: true })
  address: AddressValue | null;

  /** IANA name that overrides the time zone of the ZIP code. */
  @Column({ name: 'time_zone', type: 'text', nullable: true })
  timeZoneOverride: string | null;

  /** Null while the patient is not archived. */
  @Column({ name: 'archived_at', type: 'timestamptz', precision: 3, nullable: true })
  archivedAt: Date | null;

  @Column({ type: 'boolean', default: true })
  enrolled: boolean;

  @Column({ name: 'site_id', type: 'bigint', nullable: true })
  siteId: string | null;
}

export const patientTable = new Table(PatientEntity);
