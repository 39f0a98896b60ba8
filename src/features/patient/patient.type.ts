import { Field, ObjectType } from 'type-graphql';
import { Address } from '../../platform/graphql/address.type';
import { connectionType } from '../../platform/graphql/connection.type';
import { DatabaseId, Node } from '../../platform/graphql/node.type';
import { CalendarDate } from '../../platform/graphql/scalars.type';
import type { PatientEntity } from './patient.entity';
import { Sex } from './sex';

type Shown =
  | 'externalIdentifier'
  | 'firstName'
  | 'lastName'
  | 'dateOfBirth'
  | 'sex'
  | 'email'
  | 'phoneNumber'
  | 'address'
  | 'archived'
  | 'enrolled';

@ObjectType({ implements: Node, description: 'A person who is monitored, for one customer.', simpleResolvers: true })
export class Patient extends Node implements Pick<PatientEntity, Shown> {
  @DatabaseId() databaseId: string;

  @Field(() => String, {
    nullable: true,
    description: "The customer's own name for the patient, unique among its patients; null when it has none.",
  })
  externalIdentifier: string | null;

  @Field(() => String, { description: 'Given name.' })
  firstName: string;

  @Field(() => String, { description: 'Family name.' })
  lastName: string;

  @Field(() => CalendarDate, {
    nullable: true,
    description: 'When the patient was born; null when it is not recorded.',
  })
  dateOfBirth: string | null;

  @Field(() => Sex, { nullable: true, description: 'Sex, as recorded by the customer; null when nothing is recorded.' })
  sex: Sex | null;

  @Field(() => String, { nullable: true, description: 'E-mail address; null when none is recorded.' })
  email: string | null;

  @Field(() => String, { nullable: true, description: 'Phone number as it was written; null when none is recorded.' })
  phoneNumber: string | null;

  @Field(() => Address, {
    nullable: true,
    description: 'Home address; null when none is recorded. Its ZIP code gives the time zone.',
  })
  address: Address | null;

  @Field(() => Boolean, { description: 'No longer monitored: new associations are refused, what is there stays.' })
  archived: boolean;

  @Field(() => Boolean, { description: 'Whether the patient takes part in the programme now.' })
  enrolled: boolean;
}

export const PatientConnection = connectionType(Patient, 'Patient', 'patients');
