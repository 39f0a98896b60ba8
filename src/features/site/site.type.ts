import { Field, ObjectType } from 'type-graphql';
import { Address } from '../../platform/graphql/address.type';
import { connectionType } from '../../platform/graphql/connection.type';
import { DatabaseId, Node } from '../../platform/graphql/node.type';
import type { SiteEntity } from './site.entity';

@ObjectType({
  implements: Node,
  description: "A place where devices are kept: one of the customer's, or one of Impilo's warehouses.",
  simpleResolvers: true,
})
export class Site extends Node implements Pick<SiteEntity, 'name' | 'active' | 'phoneNumber' | 'address'> {
  @DatabaseId() databaseId: string;

  @Field(() => String, { description: 'What people call the place.' })
  name: string;

  @Field(() => Boolean, { description: 'Whether devices may be put there. What is there already stays.' })
  active: boolean;

  @Field(() => String, {
    nullable: true,
    description: 'Phone number of the place as it was written; null when none is recorded.',
  })
  phoneNumber: string | null;

  @Field(() => Address, { nullable: true, description: 'Postal address of the place; null when none is recorded.' })
  address: Address | null;
}

export const SiteConnection = connectionType(Site, 'Site', 'sites');
