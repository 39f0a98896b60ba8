import type { RequestContext } from '../../platform/operation/request-context';
import { lockPatient, namesPatient, type PatientReference } from '../patient/patient-reference';
import { DomainError } from '../../platform/base/errors';
import { UserErrorCode } from '../../platform/base/user-error-code';
import { assertTakesDevices, lockSiteForDevice } from '../site/site.service';
import { operateOnDevice, type DeviceResult, type DeviceRequest } from './device-operation';
import {
  assertHolder,
  assertMovableToSite,
  atCustomerSite,
  disassociated,
  isAtImpiloSite,
  isUnchanged,
  overridden,
  statusFromFacts,
} from './device-rules';
import { DeviceStatus, StatusChangeReason } from './device-status';
import type { DeviceEntity } from './device.entity';

/** The operations that change a device by hand. Each method is one use case and one transaction. */
export class DeviceOperationsService {
  /** Puts a device at a site of its customer, where it is free to be associated. */
  async associateWithSite(ctx: RequestContext, request: DeviceRequest & { siteId: string }): Promise<DeviceResult> {
    ctx.authorize('device:associate');
    return operateOnDevice(ctx, request, {
      reason: StatusChangeReason.ASSOCIATED_WITH_SITE,
      references: (tx, device) => lockSiteForDevice(tx, device.customerId, request.siteId),
      isDone: (device, site) => isUnchanged(device, atCustomerSite(device, site)),
      next: (device, site) => {
        assertTakesDevices(site);
        assertMovableToSite(device);
        return atCustomerSite(device, site);
      },
    });
  }

  /** Ends the association of a device, whatever its status, and takes it out of its open order. */
  async disassociate(
    ctx: RequestContext,
    request: DeviceRequest & PatientReference & { siteId?: string | null },
  ): Promise<DeviceResult> {
    ctx.authorize('device:associate');
    return operateOnDevice(ctx, request, {
      reason: StatusChangeReason.DISASSOCIATED,
      references: async (tx, device) => ({
        patient: namesPatient(request) ? await lockPatient(tx, device.customerId, request, 'share') : undefined,
        site: request.siteId == null ? undefined : await lockSiteForDevice(tx, device.customerId, request.siteId),
      }),
      isDone: () => false,
      next: (device, { patient, site }) => {
        assertHeldBy(device, patient?.id, request);
        if (site) assertTakesDevices(site);
        return disassociated(device, site);
      },
    });
  }

  /** Overrides the status, see the table of domain.md. AVAILABLE is the operators'. */
  async updateStatus(ctx: RequestContext, request: DeviceRequest & { status: DeviceStatus }): Promise<DeviceResult> {
    return this.override(ctx, request, request.status, StatusChangeReason.STATUS_OVERRIDE);
  }

  /** Blocks a device from submitting readings: the override to DECOMMISSIONED. */
  async disableReadings(ctx: RequestContext, request: DeviceRequest): Promise<DeviceResult> {
    return this.override(ctx, request, DeviceStatus.DECOMMISSIONED, StatusChangeReason.READINGS_DISABLED);
  }

  /** Lets a decommissioned device submit readings again; its status follows from where it is. Others stay as they are. */
  async enableReadings(ctx: RequestContext, request: DeviceRequest): Promise<DeviceResult> {
    ctx.authorize('device:override');
    return operateOnDevice(ctx, request, {
      reason: StatusChangeReason.READINGS_ENABLED,
      references: async (_tx, device) => {
        if (isAtImpiloSite(device)) ctx.authorize('device:enable-at-warehouse');
      },
      isDone: (device) => device.currentStatus !== DeviceStatus.DECOMMISSIONED,
      next: (device) => ({ ...device, currentStatus: statusFromFacts(device) }),
    });
  }

  private async override(
    ctx: RequestContext,
    request: DeviceRequest,
    status: DeviceStatus,
    reason: StatusChangeReason,
  ): Promise<DeviceResult> {
    ctx.authorize('device:override');
    return operateOnDevice(ctx, request, {
      reason,
      references: async () => {
        if (status === DeviceStatus.AVAILABLE) ctx.authorize('device:make-available');
      },
      isDone: (device) => device.currentStatus === status,
      next: (device) => overridden(device, status),
    });
  }
}

/** @throws DomainError DEVICE_NOT_ASSOCIATED, DEVICE_ASSOCIATED_ELSEWHERE */
function assertHeldBy(device: DeviceEntity, patientId: string | undefined, request: PatientReference): void {
  assertHolder(device);
  if (patientId === undefined || patientId === device.patientId) return;
  const member = request.patientId == null ? 'patientExternalIdentifier' : 'patientId';
  throw new DomainError(
    UserErrorCode.DEVICE_ASSOCIATED_ELSEWHERE,
    'Another patient has the device: name that one, or leave the patient out.',
    ['input', member],
  );
}
