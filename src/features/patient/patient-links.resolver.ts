import { Args, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { RequestContext } from '../../platform/operation/request-context';
import type { SiteEntity } from '../site/site.entity';
import { Site } from '../site/site.type';
import { PatientsArguments } from './patient.input';
import type { PatientService } from './patient.service';
import { PatientConnection } from './patient.type';

/** Fields of a site that are answered from the rows of patients. */
@Resolver(() => Site)
export class SitePatientsResolver {
  constructor(private readonly patients: PatientService) {}

  @FieldResolver(() => PatientConnection, {
    name: 'patients',
    description: 'The patients that the site looks after. None for a site that Impilo runs.',
  })
  patientsOfSite(
    @Root() site: SiteEntity,
    @Ctx() ctx: RequestContext,
    @Args(() => PatientsArguments) request: PatientsArguments,
  ) {
    return this.patients.listOfSite(ctx, site, request);
  }
}
