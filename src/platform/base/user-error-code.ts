import { defineEnum, type EnumOf } from './enum';

/** Codes of `userErrors`, for problems that the caller can correct. Rules: docs/glossary.md. */
export const UserErrorCode = defineEnum(
  'UserErrorCode',
  'Reason why a mutation was refused.',
  {
    REFERENCE_MISSING: 'An id or an identifier is required, and neither was given.',
    REFERENCE_MISMATCH: 'Two references were given, and they name different objects.',
    DUPLICATE_ENTRY: 'An earlier entry of the same bulk call names the same device. Send it in another call.',
    CUSTOMER_NOT_FOUND: "The customer does not exist, or is not the caller's customer.",
    DEVICE_NOT_FOUND: 'The device does not exist, or belongs to another customer.',
    PATIENT_NOT_FOUND: "The patient does not exist, or is not a patient of the device's customer.",
    SITE_NOT_FOUND: 'The site does not exist, or belongs neither to the customer nor to Impilo.',
    ITEM_NOT_FOUND: 'The item does not exist.',
    ORDER_NOT_FOUND: 'The order does not exist, or belongs to another customer.',
    WEBHOOK_NOT_FOUND: 'The webhook does not exist, or belongs to another customer.',
    WEBHOOK_DELIVERY_NOT_FOUND:
      'The delivery does not exist, belongs to another customer, or was removed after the retention period.',
    WEBHOOK_PLANNING_FAILURE_NOT_FOUND:
      'The failure does not exist, belongs to another customer, was retried already, or was removed after the retention period.',
    API_KEY_NOT_FOUND: 'The API key does not exist, or belongs to another customer.',
    DEVICE_AT_IMPILO_SITE:
      'The device is in an Impilo warehouse. The operation requires a device at a non-Impilo site.',
    DEVICE_NOT_AT_IMPILO_SITE: 'The device is not in an Impilo warehouse, as the status `AVAILABLE` requires.',
    DEVICE_WITHOUT_SITE: 'The device has no site.',
    DEVICE_IN_TRANSIT: 'The device is in an open order or on an open return leg.',
    DEVICE_NOT_AVAILABLE_AT_SITE: 'The status of the device is not `AVAILABLE_AT_SITE`.',
    DEVICE_NOT_IN_STOCK: 'The device is not in stock: its status is not `AVAILABLE`.',
    DEVICE_ASSOCIATED: 'The device is associated with another patient, or with any patient where it must be free.',
    DEVICE_NOT_ASSOCIATED: 'The device is not associated with a patient.',
    DEVICE_ASSOCIATED_ELSEWHERE: 'The device is associated with a patient other than the named one.',
    DEVICE_NOT_REPLACEABLE:
      'The device has no holder and is not at a site of the customer, so a replacement has no recipient.',
    DEVICE_NOT_RETURNING: 'The device is not on its way back: it has a holder or a site, or is in an open order.',
    PATIENT_ARCHIVED:
      'The patient is archived and accepts no new associations or orders. Use `unarchivePatient` first.',
    SITE_INACTIVE: 'The site is inactive and accepts no devices or orders. Use `reactivateSite` first.',
    SITE_OPERATED_BY_IMPILO: 'The site is an Impilo warehouse. A site of the customer is required.',
    SITE_NOT_OPERATED_BY_IMPILO: 'The site belongs to a customer. An Impilo warehouse is required.',
    STALE_VERSION:
      '`expectedVersion` is not the current version: the object has changed. The payload contains its current state.',
    READINGS_DISABLED: 'The device is `DECOMMISSIONED`, so its readings are refused.',
    READING_CONFLICT:
      'A reading with the same device (or patient), kind and time is stored with other values. The stored reading is returned.',
    INVALID_READING: 'A value of the reading is out of bounds. `path` points to it and `message` states the bounds.',
    READING_EXPIRED:
      'The reading is older than its customer keeps readings, see `Customer.readingRetentionMonths`. It would be deleted at once.',
    ITEM_OUT_OF_STOCK: "The customer's stock does not have enough devices of an item.",
    NO_REPLACEMENT_IN_STOCK: "The customer's stock has no other device of the same item.",
    ORDER_STATUS_NOT_ALLOWED: 'The order cannot change from its current status to the requested one.',
    CUSTOMER_NAME_TAKEN:
      'Another customer has this name. Case and surrounding spaces are ignored. `Impilo` is the name of the operator of the platform.',
    SKU_TAKEN: 'Another item has this stock keeping unit (SKU).',
    READING_KIND_IN_USE:
      'A kind of reading cannot be removed from the item: its devices have sent readings of this kind.',
    WAREHOUSE_NOT_EMPTY:
      'The warehouse has stock: devices with the status `AVAILABLE`. It can be deactivated when it has none.',
    IDENTIFIER_TAKEN: 'Another device already has this identifier.',
    LAST_IDENTIFIER:
      'A device has at least one identifier, and this is its last one. Give another one in the same call.',
    EXTERNAL_IDENTIFIER_TAKEN: 'Another patient of the customer already has this external identifier.',
    TOO_MANY_API_KEYS: 'The customer has as many active API keys as it may have. Revoke keys that are no longer used.',
    TOO_MANY_WEBHOOKS: 'The customer has as many webhooks as it may have. Delete webhooks that are no longer used.',
    INVALID_URL: 'Deliveries cannot be sent to the URL. It must be an https URL with a public address.',
    EXTERNAL_ORDER_ID_TAKEN:
      'Another order of the customer already has this external identifier. It has another recipient or other lines, or was canceled.',
    IDEMPOTENCY_KEY_REUSED:
      'The caller sent this `idempotencyKey` with another mutation or another input in the last 24 hours. Use a new key for a new call.',
    INVALID_INPUT:
      'A value is malformed or violates a rule of its field. `path` points to it and `message` states the rule.',
  },
  { unknown: 'show the `message` for an unknown code' },
);
export type UserErrorCode = EnumOf<typeof UserErrorCode>;
