import { defineEnum, type EnumOf } from '../../platform/base/enum';

export const SiteOperator = defineEnum('SiteOperator', 'Who runs a site.', {
  CUSTOMER: 'A customer: a clinic, an office, a store room of its own.',
  IMPILO: 'Impilo: a warehouse, seen by every customer as the place where a device is.',
});
export type SiteOperator = EnumOf<typeof SiteOperator>;
