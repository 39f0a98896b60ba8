import { Field, ObjectType, registerEnumType } from 'type-graphql';
import { UserErrorCode } from '../base/user-error-code';
import { ListLength } from '../operation/field-extensions';

registerEnumType(UserErrorCode, {
  name: 'UserErrorCode',
  description: 'Why a mutation was refused. More codes may be added: show `message` for one that you do not know.',
  valuesConfig: {
    REFERENCE_MISSING: { description: 'Neither an id nor an identifier was given where one is needed.' },
    REFERENCE_MISMATCH: { description: 'Two references were given and name different things.' },
    CUSTOMER_NOT_FOUND: { description: 'There is no such customer, or it is not the calling one.' },
    DEVICE_NOT_FOUND: { description: 'The device is unknown, or not owned by the calling customer.' },
    PATIENT_NOT_FOUND: { description: "The patient is unknown, or not a patient of the device's customer." },
    SITE_NOT_FOUND: { description: "The site is unknown, or neither the customer's nor Impilo's." },
    ITEM_NOT_FOUND: { description: 'There is no such item.' },
    ORDER_NOT_FOUND: { description: 'The order is unknown, or not one of the calling customer.' },
    WEBHOOK_NOT_FOUND: { description: 'The webhook is unknown, or not one of the calling customer.' },
    WEBHOOK_DELIVERY_NOT_FOUND: {
      description: 'The delivery is unknown, not one of the calling customer, or so old that it was removed.',
    },
    DEVICE_AT_IMPILO_SITE: {
      description: 'The device is in an Impilo warehouse: only a device at a non-Impilo site can be taken by hand.',
    },
    DEVICE_NOT_AT_IMPILO_SITE: { description: 'AVAILABLE needs a device that is in an Impilo warehouse.' },
    DEVICE_WITHOUT_SITE: { description: 'The device is at no site.' },
    DEVICE_IN_TRANSIT: { description: 'The device is under way by an order, there or back.' },
    DEVICE_NOT_AVAILABLE_AT_SITE: { description: "The device's status is not AVAILABLE_AT_SITE." },
    DEVICE_NOT_IN_STOCK: { description: "The device's status is not AVAILABLE: it is not in the stock." },
    DEVICE_ASSOCIATED: { description: 'A patient, or another patient, has the device.' },
    DEVICE_NOT_ASSOCIATED: { description: 'No patient has the device.' },
    DEVICE_ASSOCIATED_ELSEWHERE: { description: 'The patient named is not the one who has the device.' },
    DEVICE_NOT_REPLACEABLE: {
      description: 'No patient has the device and it is at no site of the customer: nobody could be sent another one.',
    },
    PATIENT_ARCHIVED: { description: 'The patient is archived: no new associations.' },
    SITE_INACTIVE: { description: 'The site is not active: no device can be put there.' },
    SITE_OPERATED_BY_IMPILO: {
      description: "The site is one of Impilo's warehouses, where a customer's site is needed.",
    },
    SITE_NOT_OPERATED_BY_IMPILO: {
      description: "The site is a customer's, where one of Impilo's warehouses is needed.",
    },
    STATUS_NOT_SETTABLE: { description: 'This status is reached only by an order, never set by hand.' },
    STALE_VERSION: { description: "`expectedVersion` is not the device's version: somebody changed it meanwhile." },
    READINGS_DISABLED: { description: 'The device is DECOMMISSIONED: its readings are refused.' },
    READING_CONFLICT: {
      description:
        'A reading of the same device, or patient, of the same kind and instant is stored with other values.',
    },
    INVALID_READING: {
      description: 'A value of the reading is outside what it can be; `path` names it and `message` the bounds.',
    },
    ITEM_OUT_OF_STOCK: { description: "The customer's stock has not enough devices of an item." },
    NO_REPLACEMENT_IN_STOCK: { description: "The customer's stock has no other device of the item." },
    ORDER_STATUS_NOT_ALLOWED: { description: 'The order cannot get this status from the one that it has.' },
    DUPLICATE_IDENTIFIER: { description: 'Another device has this identifier already.' },
    DUPLICATE_EXTERNAL_IDENTIFIER: {
      description: 'Another patient of the customer has this external identifier already.',
    },
    INVALID_URL: {
      description: 'The URL is none that deliveries can be sent to: it must be https at a public address.',
    },
    INVALID_INPUT: {
      description: 'A value breaks a rule of its field; `path` names the field and `message` the rule.',
    },
  },
});

/** Of a mutation, or of each thing that it writes: nearly all have none. */
@ListLength(1)
@ObjectType({
  description:
    'A rule that the input broke. When there is one, nothing was changed and the other fields of the payload are null.',
  simpleResolvers: true,
})
export class UserError {
  @Field(() => UserErrorCode, { description: 'Which rule, for programs.' })
  code: UserErrorCode;

  @Field(() => String, { description: 'What is wrong and what to do about it, for people.' })
  message: string;

  @Field(() => [String], {
    nullable: true,
    description:
      'Where in the input the value stands, e.g. `["input", "siteId"]`; null when it is about no single value.',
  })
  path: string[] | null;
}
