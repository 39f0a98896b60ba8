import type { Feature } from '../../platform/graphql/feature';
import { PatientMutations } from './patient-mutations.resolver';
import { PatientEntity } from './patient.entity';
import { patientById } from './patient.list';
import { patientQueries } from './patient.resolver';

export const patientFeature: Feature = {
  entities: [PatientEntity],
  nodes: { Patient: patientById },
  resolvers: () => [patientQueries, new PatientMutations()],
};
