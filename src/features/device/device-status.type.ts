import { registerEnumType } from 'type-graphql';
import { DeviceIdentifierType, DeviceStatus, StatusChangeReason } from './device-status';

registerEnumType(DeviceStatus, {
  name: 'DeviceStatus',
  description: 'Where a device stands in its life.',
  valuesConfig: {
    AVAILABLE: { description: 'Free, in an Impilo warehouse.' },
    IN_TRANSIT: { description: 'Dispatched by an order, not yet delivered.' },
    AVAILABLE_AT_SITE: { description: "Free, at one of the customer's sites: it can be associated with a patient." },
    WITH_PATIENT: { description: 'Associated with a patient, who has it.' },
    RETURNING: { description: 'On its way back to an Impilo warehouse.' },
    DECOMMISSIONED: { description: 'Blocked: its readings are refused.' },
    LOST: { description: 'Nobody knows where it is.' },
  },
});

registerEnumType(DeviceIdentifierType, {
  name: 'DeviceIdentifierType',
  description: 'What kind of identifier it is.',
  valuesConfig: {
    SERIAL: { description: "The manufacturer's serial number, printed on the device." },
    IMEI: { description: 'International Mobile Equipment Identity of its modem.' },
    ICCID: { description: 'Integrated Circuit Card Identifier of its SIM card.' },
    MAC_ADDRESS: { description: 'Bluetooth or network address.' },
    SIM_CARD_NUMBER: { description: 'Telephone number of its SIM card.' },
  },
});

registerEnumType(StatusChangeReason, {
  name: 'StatusChangeReason',
  description: "Why a device's status, holder or site changed.",
  valuesConfig: {
    REGISTERED: { description: 'The device became known to the platform.' },
    ASSOCIATED: { description: 'It was associated with a patient by hand.' },
    DISASSOCIATED: { description: 'Its association with a patient was ended.' },
    ASSOCIATED_WITH_SITE: { description: 'It was put at a site by hand.' },
    STATUS_OVERRIDE: { description: 'Its status was set by hand.' },
    READINGS_DISABLED: { description: 'It was blocked from submitting readings.' },
    READINGS_ENABLED: { description: 'It may submit readings again.' },
    ORDER_PROCESSED: { description: 'An order dispatched it.' },
    ORDER_DELIVERED: { description: 'Its order was delivered.' },
    ORDER_CANCELLED: { description: 'Its order was cancelled.' },
    REPLACED: { description: 'It was found defective and replaced by another one.' },
    RETURN_RECEIVED: { description: 'It came back to a warehouse.' },
  },
});
