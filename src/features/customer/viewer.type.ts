import { Field, ObjectType, registerEnumType } from 'type-graphql';
import { Role } from '../../platform/access/policy';
import { Actor } from '../../platform/graphql/actor.type';

registerEnumType(Role, {
  name: 'Role',
  description: 'What a caller may do.',
  valuesConfig: {
    ADMIN: { description: "Reads and writes all of its customer's data, sites and webhooks included." },
    MEMBER: { description: "Reads its customer's data; associates devices, changes their status, and edits patients." },
    READ_ONLY: { description: "Reads its customer's data and subscribes to changes." },
    INGEST: { description: 'Records readings and sees nothing else.' },
    OPERATOR: { description: "The platform's own staff: all customers' data, registering devices, and stock." },
  },
});

@ObjectType({ description: 'Who is calling: what the credential of this request stands for.', simpleResolvers: true })
export class Viewer {
  @Field(() => Role, { description: 'What the caller may do.' })
  role: Role;

  @Field(() => Actor, { description: 'As whom the changes of this caller are recorded.' })
  actor: Actor;
}
