import { defineEnum, type EnumOf } from '../../platform/base/enum';

export const SiteOperator = defineEnum('SiteOperator', 'Operator of a site.', {
  CUSTOMER: 'Operated by a customer, e.g. a clinic, an office or a storeroom.',
  IMPILO: 'Operated by Impilo: a warehouse, which all customers can see.',
});
export type SiteOperator = EnumOf<typeof SiteOperator>;
