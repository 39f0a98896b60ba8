import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import { KINDS } from '../kind/reading-kind';

/** Whose readings: a column of theirs, and the table that tells when the last ones were taken. */
export type ReadingOwner = 'device' | 'patient';

/** When a device or a patient had its last reading of each kind; null where there was none. Readings change it, not the owner. */
function activityEntity(owner: ReadingOwner): new () => object {
  @Entity(`${owner}_activity`)
  @ForeignKey(owner, ['customerId', `${owner}Id`], ['customerId', 'id'], { name: `${owner}_activity_${owner}` })
  class Activity {
    @PrimaryColumn({ name: 'customer_id', type: 'bigint' })
    customerId: string;
  }
  PrimaryColumn({ name: `${owner}_id`, type: 'bigint' })(Activity.prototype, `${owner}Id`);
  for (const { member, activityColumn } of KINDS)
    Column({ name: activityColumn, type: 'timestamptz', precision: 3, nullable: true })(
      Activity.prototype,
      `${member}At`,
    );
  return Activity;
}

export const DeviceActivityEntity = activityEntity('device');
export const PatientActivityEntity = activityEntity('patient');
