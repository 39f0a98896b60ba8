import { Field, ObjectType } from 'type-graphql';
import { Role } from '../../platform/access/policy';
import { Actor } from '../../platform/graphql/actor.type';

@ObjectType({ description: 'Who is calling: what the credential of this request stands for.', simpleResolvers: true })
export class Viewer {
  @Field(() => Role, { description: 'What the caller may do.' })
  role: Role;

  @Field(() => Actor, { description: 'As whom the changes of this caller are recorded.' })
  actor: Actor;
}
