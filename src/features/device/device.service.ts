import type { Connection } from '../../platform/list/connection';
import {
  byId,
  bySortValue,
  childConnection,
  rootConnection,
  type ChildList,
  type SortSpec,
} from '../../platform/list/paged-list';
import type { ParentKey } from '../../platform/list/list';
import type { RequestContext } from '../../platform/operation/request-context';
import { parseId, parseIds } from '../../platform/base/global-id';
import type { PageArguments } from '../../platform/list/page';
import { SortDirection } from '../../platform/list/sort';
import type { DeviceAssociationEntity } from './device-association.entity';
import { normalizeIdentifier } from './device-rules';
import type { DeviceStatusChangeEntity } from './device-status-change.entity';
import type { DeviceIdentifierType, DeviceStatus } from './device-status';
import type { DeviceEntity } from './device.entity';
import {
  associationsOfDevice,
  associationsOfPatient,
  deviceByIdentifier,
  deviceById,
  statusChangesOfDevice,
} from './device.loader';
import {
  countDevices,
  DEVICES,
  DeviceSortField,
  type DeviceConditions,
  type DeviceCountRow,
  type DeviceQuery,
} from './device.repository';

export interface DeviceFilterRequest {
  status?: DeviceStatus[] | null;
  siteId?: string[] | null;
  patientId?: string[] | null;
  itemId?: string[] | null;
  identifier?: string | null;
  associated?: boolean | null;
  updatedSince?: Date | null;
  lastReadingBefore?: Date | null;
  customerId?: string[] | null;
}

export interface DeviceListRequest extends PageArguments {
  filter?: DeviceFilterRequest | null;
  sort?: DeviceQuery['sort'] | null;
}

/** Reads of devices, their associations and their history. */
export class DeviceService {
  async find(ctx: RequestContext, id: string): Promise<DeviceEntity | null> {
    ctx.authorize('programme:read');
    const deviceId = parseId('Device', id, 'id');
    return deviceId === null ? null : ctx.loaders.load(deviceById, deviceId);
  }

  async findByIdentifier(
    ctx: RequestContext,
    identifier: string,
    type: DeviceIdentifierType | null | undefined,
  ): Promise<DeviceEntity | null> {
    ctx.authorize('programme:read');
    return ctx.loaders.load(deviceByIdentifier, normalizeIdentifier(identifier), { type: type ?? undefined });
  }

  list(ctx: RequestContext, { filter, sort, ...page }: DeviceListRequest): Connection<DeviceEntity> {
    ctx.authorize('programme:read');
    const query = toQuery(filter, sort);
    return rootConnection(ctx, DEVICES, query, page, sortOf(query));
  }

  /** @param list which devices of the parent: those at a site, those a patient has */
  listOf(
    ctx: RequestContext,
    list: ChildList<DeviceEntity, DeviceQuery>,
    parent: ParentKey,
    { filter, sort, ...page }: DeviceListRequest,
  ): Connection<DeviceEntity> {
    const query = toQuery(filter, sort);
    return childConnection(ctx, list, parent, query, page, sortOf(query));
  }

  async count(ctx: RequestContext, filter: DeviceFilterRequest | null | undefined): Promise<DeviceCountRow[]> {
    ctx.authorize('programme:read');
    return countDevices(ctx.session, toConditions(filter));
  }

  associationsOfDevice(
    ctx: RequestContext,
    device: ParentKey,
    page: PageArguments,
  ): Connection<DeviceAssociationEntity> {
    return childConnection(ctx, associationsOfDevice, device, {}, page, byId('DESC'));
  }

  associationsOfPatient(
    ctx: RequestContext,
    patient: ParentKey,
    page: PageArguments,
  ): Connection<DeviceAssociationEntity> {
    return childConnection(ctx, associationsOfPatient, patient, {}, page, byId('DESC'));
  }

  statusHistory(ctx: RequestContext, device: ParentKey, page: PageArguments): Connection<DeviceStatusChangeEntity> {
    return childConnection(ctx, statusChangesOfDevice, device, {}, page, byId('DESC'));
  }
}

function toConditions(filter: DeviceFilterRequest | null | undefined): DeviceConditions {
  const { siteId, patientId, itemId, customerId, ...conditions } = filter ?? {};
  return {
    ...conditions,
    siteIds: siteId && parseIds('Site', siteId, 'filter.siteId'),
    patientIds: patientId && parseIds('Patient', patientId, 'filter.patientId'),
    itemIds: itemId && parseIds('Item', itemId, 'filter.itemId'),
    customerIds: customerId && parseIds('Customer', customerId, 'filter.customerId'),
  };
}

function toQuery(filter: DeviceFilterRequest | null | undefined, sort: DeviceListRequest['sort']): DeviceQuery {
  return { ...toConditions(filter), sort: sort ?? { field: DeviceSortField.ID, direction: SortDirection.ASC } };
}

/** A cursor by time holds the time: a device that changes between two pages would otherwise move the page with it. */
function sortOf({ sort }: DeviceQuery): SortSpec<DeviceEntity> {
  if (sort.field === DeviceSortField.ID) return byId(sort.direction);
  const key = `${sort.field} ${sort.direction}`;
  if (sort.field === DeviceSortField.LAST_READING_AT) return bySortValue(key);
  return {
    key,
    positionOf: ({ id, updatedAt }) => ({ id, value: updatedAt.toISOString() }),
  };
}
