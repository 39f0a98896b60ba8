import { ArgsType, Field, ID, InputType } from 'type-graphql';
import { AddressInput } from '../../platform/graphql/address.type';
import { ConnectionArguments } from '../../platform/graphql/connection.type';
import { SiteOperator } from './site-operator';

@InputType({ description: 'Which sites to answer; conditions are combined with "and".' })
export class SiteFilter {
  @Field(() => String, { nullable: true, description: 'Sites whose name starts with this, whatever the case.' })
  name?: string | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'With true, sites that are active; with false, those that are not.',
  })
  active?: boolean | null;

  @Field(() => SiteOperator, { nullable: true, description: 'Sites that are run by a customer, or by Impilo.' })
  operatedBy?: SiteOperator | null;

  @Field(() => [ID], { nullable: true, description: 'Sites of any of these customers; for operators.' })
  customerId?: string[] | null;
}

@ArgsType()
export class SitesArguments extends ConnectionArguments {
  @Field(() => SiteFilter, { nullable: true, description: 'Which sites to answer; all of them when absent.' })
  filter?: SiteFilter | null;
}

@InputType({ description: 'A new site of a customer.' })
export class CreateSiteInput {
  @Field(() => ID, {
    nullable: true,
    description: 'Whose site it is. Operators must give it; others may leave it out or give their own.',
  })
  customerId?: string | null;

  @Field(() => String, { description: 'What people call the place; 1 to 200 characters.' })
  name: string;

  @Field(() => String, {
    nullable: true,
    description: 'Phone number of the place: 3 to 32 digits, spaces and `+().-/x`.',
  })
  phoneNumber?: string | null;

  @Field(() => AddressInput, { nullable: true, description: 'Postal address of the place.' })
  address?: AddressInput | null;
}

@InputType({ description: 'A change of a site: what is absent stays, null clears.' })
export class UpdateSiteInput {
  @Field(() => ID, { description: 'Which site: its global id or its databaseId.' })
  siteId: string;

  @Field(() => String, {
    nullable: true,
    description: 'What people call the place; 1 to 200 characters. It cannot be cleared.',
  })
  name?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Phone number of the place: 3 to 32 digits, spaces and `+().-/x`.',
  })
  phoneNumber?: string | null;

  @Field(() => AddressInput, { nullable: true, description: 'Postal address of the place; replaced as a whole.' })
  address?: AddressInput | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether devices may be put there. It cannot be cleared.' })
  active?: boolean | null;
}
