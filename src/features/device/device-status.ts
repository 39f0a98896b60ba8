import { defineEnum, type EnumOf } from '../../platform/base/enum';

/** Status of a device; what each one always holds is in domain.md and in the constraint device_status_fits. */
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
  { unknown: 'treat one that you do not know as not available' },
);
export type DeviceStatus = EnumOf<typeof DeviceStatus>;

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
