import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { patientById } from '../patient/patient.loader';
import { Patient } from '../patient/patient.type';
import type { RequestContext } from '../../platform/operation/request-context';
import { cursorOfEvent } from '../../platform/event/stream-cursor';
import { siteById } from '../site/site.loader';
import { Site } from '../site/site.type';
import { Actor, actorAsSeenBy } from '../../platform/graphql/actor.type';
import type { DeviceAssociationEntity } from './device-association.entity';
import type { DeviceStatusChangeEntity } from './device-status-change.entity';
import { deviceById } from './device.loader';
import { Device, DeviceAssociation, DeviceStatusChange } from './device.type';

@Resolver(() => DeviceAssociation)
export class DeviceAssociationResolver {
  @FieldResolver(() => Device, { description: 'The device, as it is now.' })
  device(@Root() association: DeviceAssociationEntity, @Ctx() ctx: RequestContext) {
    return ctx.loaders.load(deviceById, association.deviceId);
  }

  @FieldResolver(() => Patient, { description: 'The patient who had it, as the patient is now.' })
  patient(@Root() association: DeviceAssociationEntity, @Ctx() ctx: RequestContext) {
    return ctx.loaders.load(patientById, association.patientId);
  }

  @FieldResolver(() => Actor, { description: 'Who began it.' })
  startedBy(@Root() { startedByKind, startedByLabel }: DeviceAssociationEntity, @Ctx() ctx: RequestContext) {
    return actorAsSeenBy(ctx, startedByKind, startedByLabel);
  }

  @FieldResolver(() => Actor, { nullable: true, description: 'Who ended it; null while the patient has the device.' })
  endedBy(@Root() { endedByKind, endedByLabel }: DeviceAssociationEntity, @Ctx() ctx: RequestContext) {
    return endedByKind === null || endedByLabel === null ? null : actorAsSeenBy(ctx, endedByKind, endedByLabel);
  }
}

@Resolver(() => DeviceStatusChange)
export class DeviceStatusChangeResolver {
  @FieldResolver(() => Device, { description: 'The device, as it is now.' })
  device(@Root() change: DeviceStatusChangeEntity, @Ctx() ctx: RequestContext) {
    return ctx.loaders.load(deviceById, change.deviceId);
  }

  @FieldResolver(() => Patient, {
    nullable: true,
    description: 'Who had the device right after the change; null for nobody.',
  })
  patient(@Root() change: DeviceStatusChangeEntity, @Ctx() ctx: RequestContext) {
    return change.patientId === null ? null : ctx.loaders.load(patientById, change.patientId);
  }

  @FieldResolver(() => Patient, {
    nullable: true,
    description: 'Who had the device right before the change; null for nobody.',
  })
  previousPatient(@Root() change: DeviceStatusChangeEntity, @Ctx() ctx: RequestContext) {
    return change.previousPatientId === null ? null : ctx.loaders.load(patientById, change.previousPatientId);
  }

  @FieldResolver(() => Site, {
    nullable: true,
    description: 'Where the device was right after the change; null for no site.',
  })
  site(@Root() change: DeviceStatusChangeEntity, @Ctx() ctx: RequestContext) {
    return change.siteId === null ? null : ctx.loaders.load(siteById, change.siteId);
  }

  @FieldResolver(() => Site, {
    nullable: true,
    description: 'Where the device was right before the change; null for no site.',
  })
  previousSite(@Root() change: DeviceStatusChangeEntity, @Ctx() ctx: RequestContext) {
    return change.previousSiteId === null ? null : ctx.loaders.load(siteById, change.previousSiteId);
  }

  @FieldResolver(() => Actor, { description: 'Who changed it.' })
  changedBy(@Root() { changedByKind, changedByLabel }: DeviceStatusChangeEntity, @Ctx() ctx: RequestContext) {
    return actorAsSeenBy(ctx, changedByKind, changedByLabel);
  }

  @FieldResolver(() => String, { description: 'Hand it to `deviceStatusChanged(after:)` to go on from here.' })
  cursor(@Root() change: DeviceStatusChangeEntity, @Ctx() ctx: RequestContext): string {
    return cursorOfEvent(ctx, change.eventId);
  }
}
