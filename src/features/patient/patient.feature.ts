import type { Feature } from '../../platform/graphql/feature';
import { SitePatientsResolver } from './patient-links.resolver';
import { PatientMutations } from './patient-mutations.resolver';
import { PatientEntity } from './patient.entity';
import { patientById } from './patient.loader';
import { PatientResolver } from './patient.resolver';
import { PatientService } from './patient.service';

export const patientFeature: Feature = {
  entities: [PatientEntity],
  nodes: { Patient: patientById },
  resolvers: () => {
    const patients = new PatientService();
    return [new PatientResolver(patients), new SitePatientsResolver(patients), new PatientMutations()];
  },
};
