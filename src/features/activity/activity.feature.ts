import type { Feature } from '../../platform/graphql/feature';
import { DeviceActivityEntity, PatientActivityEntity } from './activity.entity';

export const activityFeature: Feature = { entities: [DeviceActivityEntity, PatientActivityEntity] };
