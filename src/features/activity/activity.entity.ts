import { Column, Entity, ForeignKey, PrimaryColumn } from '../../platform/db/entity';
import { KINDS } from '../kind/reading-kind';

/** An owner of readings. Readings reference it, and the table `…_activity` has the times of its newest readings. */
export type ReadingOwner = 'device' | 'patient';

/** Times of the newest reading of each kind of a device or a patient; null where there is none. Readings update this row, not the owner's. */
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
