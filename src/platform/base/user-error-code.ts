import { defineEnum, type EnumOf } from './enum';

/** Codes of `userErrors`: what a caller can cause and correct. The rules are in docs/glossary.md. */
export const UserErrorCode = defineEnum(
  'UserErrorCode',
  'Why a mutation was refused.',
  {
    REFERENCE_MISSING: 'Neither an id nor an identifier was given where one is needed.',
    REFERENCE_MISMATCH: 'Two references were given and name different things.',
    CUSTOMER_NOT_FOUND: 'There is no such customer, or it is not the calling one.',
    DEVICE_NOT_FOUND: 'The device is unknown, or not owned by the calling customer.',
    PATIENT_NOT_FOUND: "The patient is unknown, or not a patient of the device's customer.",
    SITE_NOT_FOUND: "The site is unknown, or neither the customer's nor Impilo's.",
    ITEM_NOT_FOUND: 'There is no such item.',
    ORDER_NOT_FOUND: 'The order is unknown, or not one of the calling customer.',
    WEBHOOK_NOT_FOUND: 'The webhook is unknown, or not one of the calling customer.',
    WEBHOOK_DELIVERY_NOT_FOUND:
      'The delivery is unknown, not one of the calling customer, or so old that it was removed.',
    DEVICE_AT_IMPILO_SITE:
      'The device is in an Impilo warehouse: only a device at a non-Impilo site can be taken by hand.',
    DEVICE_NOT_AT_IMPILO_SITE: 'AVAILABLE needs a device that is in an Impilo warehouse.',
    DEVICE_WITHOUT_SITE: 'The device is at no site.',
    DEVICE_IN_TRANSIT: 'The device is under way by an order, there or back.',
    DEVICE_NOT_AVAILABLE_AT_SITE: "The device's status is not AVAILABLE_AT_SITE.",
    DEVICE_NOT_IN_STOCK: "The device's status is not AVAILABLE: it is not in the stock.",
    DEVICE_ASSOCIATED: 'A patient, or another patient, has the device.',
    DEVICE_NOT_ASSOCIATED: 'No patient has the device.',
    DEVICE_ASSOCIATED_ELSEWHERE: 'The patient named is not the one who has the device.',
    DEVICE_NOT_REPLACEABLE:
      'No patient has the device and it is at no site of the customer: nobody could be sent another one.',
    PATIENT_ARCHIVED: 'The patient is archived and takes no new associations and orders; see `unarchivePatient`.',
    SITE_INACTIVE: 'The site is not active and takes no devices and orders; see `reactivateSite`.',
    SITE_OPERATED_BY_IMPILO: "The site is one of Impilo's warehouses, where a customer's site is needed.",
    SITE_NOT_OPERATED_BY_IMPILO: "The site is a customer's, where one of Impilo's warehouses is needed.",
    STALE_VERSION:
      '`expectedVersion` is not the current version: somebody changed it meanwhile. The payload has it as it is now.',
    READINGS_DISABLED: 'The device is DECOMMISSIONED: its readings are refused.',
    READING_CONFLICT:
      'A reading of the same device, or patient, of the same kind and instant is stored with other values; it is returned.',
    INVALID_READING: 'A value of the reading is outside what it can be; `path` names it and `message` the bounds.',
    ITEM_OUT_OF_STOCK: "The customer's stock has not enough devices of an item.",
    NO_REPLACEMENT_IN_STOCK: "The customer's stock has no other device of the item.",
    ORDER_STATUS_NOT_ALLOWED: 'The order cannot get this status from the one that it has.',
    IDENTIFIER_TAKEN: 'Another device has this identifier already.',
    EXTERNAL_IDENTIFIER_TAKEN: 'Another patient of the customer has this external identifier already.',
    INVALID_URL: 'The URL is none that deliveries can be sent to: it must be https at a public address.',
    INVALID_INPUT:
      'A value is malformed or breaks a rule of its member; `path` leads to it and `message` says the rule.',
  },
  { unknown: 'show the `message` for an unknown code' },
);
export type UserErrorCode = EnumOf<typeof UserErrorCode>;
