import { Arg, Args, Ctx, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql';
import { customerById } from '../customer/customer.loader';
import type { RequestContext } from '../../platform/operation/request-context';
import { TimeZone } from '../../platform/graphql/scalars.type';
import { siteById } from '../site/site.loader';
import { Site } from '../site/site.type';
import { Customer } from '../customer/customer.type';
import { timeZoneOfPatient } from './patient-time-zone';
import type { PatientEntity } from './patient.entity';
import { PatientsArguments } from './patient.input';
import type { PatientService } from './patient.service';
import { Patient, PatientConnection } from './patient.type';

@Resolver(() => Patient)
export class PatientResolver {
  constructor(private readonly service: PatientService) {}

  @Query(() => Patient, { nullable: true, description: 'One patient by its id; null when there is none.' })
  patient(
    @Ctx() ctx: RequestContext,
    @Arg('id', () => ID, { description: 'Its global id or its databaseId.' }) id: string,
  ) {
    return this.service.find(ctx, id);
  }

  @Query(() => Patient, {
    nullable: true,
    description: "One patient by the customer's own name for it; null when there is none.",
  })
  patientByExternalIdentifier(
    @Ctx() ctx: RequestContext,
    @Arg('externalIdentifier', () => String, { description: "The customer's own name for the patient, exactly." })
    externalIdentifier: string,
    @Arg('customerId', () => ID, {
      nullable: true,
      description: 'Whose patient: operators must give it, others may leave it out.',
    })
    customerId?: string | null,
  ) {
    return this.service.findByExternalIdentifier(ctx, externalIdentifier, customerId);
  }

  @Query(() => PatientConnection, {
    nullable: true,
    description: "The customer's patients; those of all customers for operators.",
  })
  patients(@Ctx() ctx: RequestContext, @Args(() => PatientsArguments) request: PatientsArguments) {
    return this.service.list(ctx, request);
  }

  @FieldResolver(() => Customer, { description: 'Whose patient it is.' })
  customer(@Root() patient: PatientEntity, @Ctx() ctx: RequestContext) {
    return ctx.loaders.load(customerById, patient.customerId);
  }

  @FieldResolver(() => TimeZone, {
    nullable: true,
    description: "The patient's time zone: the override if one is set, else the zone of the ZIP code, else null.",
  })
  timeZone(@Root() patient: PatientEntity): string | null {
    return timeZoneOfPatient(patient);
  }

  @FieldResolver(() => Site, {
    nullable: true,
    description: 'The site that looks after the patient; null when none does.',
  })
  site(@Root() patient: PatientEntity, @Ctx() ctx: RequestContext) {
    return patient.siteId === null ? null : ctx.loaders.load(siteById, patient.siteId);
  }
}
