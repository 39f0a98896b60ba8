import { defineEnum, type EnumOf } from '../../platform/base/enum';

/** Status of a device; what is always true for each is in docs/glossary.md#device-status and in the constraint device_status_fits. */
export const DeviceStatus = defineEnum(
  'DeviceStatus',
  'Where a device stands in its life.',
  {
    AVAILABLE: 'Free, in an Impilo warehouse.',
    IN_TRANSIT: 'Dispatched by an order, not yet delivered.',
    AVAILABLE_AT_SITE: "Free, at one of the customer's sites: it can be associated with a patient.",
    WITH_PATIENT: 'Associated with a patient, who has it.',
    RETURNING: 'On its way back to an Impilo warehouse.',
    DECOMMISSIONED: 'Blocked: its readings are refused.',
    LOST: 'Nobody knows where it is.',
  },
  { unknown: 'treat an unknown value as not available' },
);
export type DeviceStatus = EnumOf<typeof DeviceStatus>;

export const DeviceStatusOverride = defineEnum(
  'DeviceStatusOverride',
  'To what the status of a device can be set by hand.',
  {
    AVAILABLE:
      'Free, in an Impilo warehouse: for a device there that nobody has and that no order sends. For operators.',
    AVAILABLE_AT_SITE:
      "Free, at the customer's site where it is: for a device that nobody has and that no order sends.",
    WITH_PATIENT: 'In the hands of the patient who is associated with it already.',
    DECOMMISSIONED: 'Blocked: its readings are refused. For every device.',
    LOST: 'Nobody knows where it is. For every device.',
  },
);
export type DeviceStatusOverride = EnumOf<typeof DeviceStatusOverride>;

/** Where a device is; the generated column device.placement says how it follows from the other facts. */
export const DevicePlacement = defineEnum('DevicePlacement', 'Where a device is, whether it is blocked or not.', {
  WAREHOUSE: 'In an Impilo warehouse.',
  SITE: "At one of the customer's sites, on the shelf.",
  PATIENT: 'With its holder, whatever its status is.',
  OUTBOUND: 'On its way to a patient or a site, by an order that is not delivered yet.',
  RETURNING: 'On its way back to a warehouse: on a return leg, or at no site with nobody who has it.',
  LOST: 'Nobody knows where.',
});
export type DevicePlacement = EnumOf<typeof DevicePlacement>;

/** Why a device's status, holder or site changed. */
export const DeviceStatusChangeReason = defineEnum(
  'DeviceStatusChangeReason',
  "Why a device's status, holder or site changed.",
  {
    REGISTERED: 'The device became known to the platform.',
    ASSOCIATED: 'It was associated with a patient by hand.',
    DISASSOCIATED: 'Its association with a patient was ended.',
    ASSOCIATED_WITH_SITE: 'It was put at a site by hand.',
    STATUS_OVERRIDE: 'Its status was set by hand.',
    READINGS_DISABLED: 'It was blocked from submitting readings.',
    READINGS_ENABLED: 'It may submit readings again.',
    ORDER_PROCESSED: 'An order dispatched it.',
    ORDER_DELIVERED: 'Its order was delivered.',
    ORDER_CANCELLED: 'Its order was cancelled.',
    REPLACED: 'It was found defective and replaced by another one.',
    RETURN_RECEIVED: 'It came back to a warehouse.',
  },
);
export type DeviceStatusChangeReason = EnumOf<typeof DeviceStatusChangeReason>;

export const DeviceIdentifierType = defineEnum('DeviceIdentifierType', 'What kind of identifier it is.', {
  SERIAL: "The manufacturer's serial number, printed on the device.",
  IMEI: 'International Mobile Equipment Identity of its modem.',
  ICCID: 'Integrated Circuit Card Identifier of its SIM card.',
  MAC_ADDRESS: 'Bluetooth or network address.',
  SIM_CARD_NUMBER: 'Telephone number of its SIM card.',
});
export type DeviceIdentifierType = EnumOf<typeof DeviceIdentifierType>;
