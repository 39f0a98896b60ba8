import type { Feature } from '../../platform/graphql/feature';
import { DeviceActivityEntity } from './device-activity.entity';
import { PatientActivityEntity } from './patient-activity.entity';

export const activityFeature: Feature = { entities: [DeviceActivityEntity, PatientActivityEntity] };
