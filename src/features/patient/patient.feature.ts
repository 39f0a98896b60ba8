import type { Feature } from '../../platform/graphql/feature';
import { PatientMutations } from './patient-mutations.resolver';
import { PatientEntity } from './patient.entity';
import { patientById } from './patient.list';
import { patientQueries } from './patient.resolver';
import { patientRoutes } from './patient.rest';

export const patientFeature: Feature = {
  entities: [PatientEntity],
  nodes: { Patient: patientById },
  routes: patientRoutes,
  resolvers: () => [patientQueries, new PatientMutations()],
};
