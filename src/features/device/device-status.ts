import { defineEnum, type EnumOf } from '../../platform/base/enum';

/** Status of a device. Its invariants are in docs/glossary.md#device-status and in the constraint device_status_fits. */
export const DeviceStatus = defineEnum(
  'DeviceStatus',
  'Status of a device.',
  {
    AVAILABLE: 'Free, in an Impilo warehouse.',
    IN_TRANSIT: 'Dispatched by an order and not yet delivered.',
    AVAILABLE_AT_SITE: 'Free, at a site of the customer. It can be associated with a patient.',
    WITH_PATIENT: 'Held by the patient that it is associated with.',
    RETURNING: 'On its way back to an Impilo warehouse.',
    DECOMMISSIONED: 'Blocked. Its readings are refused.',
    LOST: 'Lost. Its whereabouts are unknown.',
  },
  { unknown: 'treat an unknown value as not available' },
);
export type DeviceStatus = EnumOf<typeof DeviceStatus>;

export const DeviceStatusOverride = defineEnum('DeviceStatusOverride', 'Status that `updateDeviceStatus` can set.', {
  AVAILABLE:
    'Free, in an Impilo warehouse. Requires a device in a warehouse with no holder, open order or return leg. For operators.',
  AVAILABLE_AT_SITE:
    'Free, at its site. Requires a device at a site of the customer with no holder, open order or return leg.',
  WITH_PATIENT: 'Held by the patient that it is associated with. Requires a holder.',
  DECOMMISSIONED: 'Blocked. Its readings are refused. Allowed for every device.',
  LOST: 'Lost. Its whereabouts are unknown. Allowed for every device.',
});
export type DeviceStatusOverride = EnumOf<typeof DeviceStatusOverride>;

/** The generated column device.placement derives it from the other columns. */
export const DevicePlacement = defineEnum('DevicePlacement', 'Where a device is, even while it is blocked.', {
  WAREHOUSE: 'In an Impilo warehouse.',
  SITE: 'On the shelf at a site of the customer.',
  PATIENT: 'With its holder.',
  OUTBOUND: 'On its way to a patient or a site, in an order that is not yet delivered.',
  RETURNING: 'On its way back to a warehouse: on a return leg, or without a site and a holder.',
  LOST: 'Lost. Its whereabouts are unknown.',
});
export type DevicePlacement = EnumOf<typeof DevicePlacement>;

export const DeviceStatusChangeReason = defineEnum(
  'DeviceStatusChangeReason',
  "Reason for a change of a device's status, holder or site.",
  {
    REGISTERED: 'The device was registered, by `registerDevice`.',
    ASSOCIATED: 'The device was associated with a patient, by `associateDevice`.',
    DISASSOCIATED: 'The association with the patient was ended, by `disassociateDevice`.',
    ASSOCIATED_WITH_SITE: 'The device was associated with a site, by `associateDeviceWithSite`.',
    STATUS_OVERRIDE: 'The status was set, by `updateDeviceStatus`.',
    READINGS_DISABLED: 'The device was blocked from submitting readings, by `disableDeviceReadings`.',
    READINGS_ENABLED: 'The device may submit readings again, by `enableDeviceReadings`.',
    ORDER_PROCESSED: 'An order dispatched the device.',
    ORDER_DELIVERED: 'The order of the device was delivered.',
    ORDER_CANCELLED: 'The order of the device was cancelled.',
    REPLACED: 'The device is defective and was replaced by another device, by `replaceDevice`.',
    RETURN_RECEIVED: 'The device was received in a warehouse, by `receiveReturn`.',
    RETURN_CANCELLED: 'The device does not come back: it is with a patient or at a site, by `cancelReturn`.',
  },
);
export type DeviceStatusChangeReason = EnumOf<typeof DeviceStatusChangeReason>;

export const DeviceIdentifierType = defineEnum('DeviceIdentifierType', 'Type of a device identifier.', {
  SERIAL: "The manufacturer's serial number, printed on the device.",
  IMEI: 'International Mobile Equipment Identity of the modem.',
  ICCID: 'Integrated Circuit Card Identifier of the SIM card.',
  MAC_ADDRESS: 'Bluetooth or network address.',
  SIM_CARD_NUMBER: 'Phone number of the SIM card.',
});
export type DeviceIdentifierType = EnumOf<typeof DeviceIdentifierType>;
