import { ArgsType, Field, ID, InputType } from 'type-graphql';
import { AddressInput } from '../../platform/graphql/address.type';
import { ConnectionArguments } from '../../platform/graphql/connection.type';
import { CalendarDate, DateTime, TimeZone } from '../../platform/graphql/scalars.type';
import { SortDirection } from '../../platform/list/definition';
import { Sex } from './sex';
import { PatientSortField } from './patient.list';

@InputType({ description: 'How patients are sorted.' })
export class PatientSort {
  @Field(() => PatientSortField, { description: 'By what: the field.' })
  field: PatientSortField;

  @Field(() => SortDirection, { description: 'Which way: ascending or descending.' })
  direction: SortDirection;
}

@InputType({
  description:
    'Which patients to answer; conditions are combined with "and". An empty list matches nothing, several values mean any of them.',
})
export class PatientFilter {
  @Field(() => [ID], { nullable: true, description: 'Patients of any of these sites.' })
  siteId?: string[] | null;

  @Field(() => [String], { nullable: true, description: 'Patients with any of these external identifiers, exactly.' })
  externalIdentifier?: string[] | null;

  @Field(() => String, {
    nullable: true,
    description: 'Patients whose name starts with this, given name first or family name first, whatever the case.',
  })
  name?: string | null;

  @Field(() => String, { nullable: true, description: 'Patients with this e-mail address, whatever the case.' })
  email?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Patients whose address has this ZIP code; of a ZIP+4 code the first five digits count.',
  })
  zipCode?: string | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'With true, patients who are archived; with false, those who are not.',
  })
  archived?: boolean | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'With true, patients who take part in the programme now; with false, those who do not.',
  })
  enrolled?: boolean | null;

  @Field(() => DateTime, {
    nullable: true,
    description: 'Patients who have been silent since before this instant; one without any reading counts.',
  })
  lastReadingBefore?: Date | null;

  @Field(() => [ID], { nullable: true, description: 'Patients of any of these customers; for operators.' })
  customerId?: string[] | null;
}

@ArgsType()
export class PatientsArguments extends ConnectionArguments {
  @Field(() => PatientFilter, { nullable: true, description: 'Which patients to answer; all of them when absent.' })
  filter?: PatientFilter | null;

  @Field(() => PatientSort, { nullable: true, description: 'How to sort them; by id when absent.' })
  sort?: PatientSort | null;
}

@ArgsType()
export class PatientByExternalIdentifierArguments {
  @Field(() => String, { description: "The customer's own name for the patient, exactly." })
  externalIdentifier: string;

  @Field(() => ID, {
    nullable: true,
    description: 'Whose patient: operators must give it, others may leave it out.',
  })
  customerId?: string | null;
}

/** What both inputs have. */
@InputType()
abstract class PatientInput {
  @Field(() => String, {
    nullable: true,
    description: "The customer's own name for the patient, unique among its patients; up to 200 characters.",
  })
  externalIdentifier?: string | null;

  @Field(() => CalendarDate, { nullable: true, description: 'When the patient was born.' })
  dateOfBirth?: string | null;

  @Field(() => Sex, { nullable: true, description: 'Sex, as the customer records it.' })
  sex?: Sex | null;

  @Field(() => String, { nullable: true, description: 'E-mail address; up to 254 characters.' })
  email?: string | null;

  @Field(() => String, { nullable: true, description: 'Phone number: 3 to 32 digits, spaces and `+().-/x`.' })
  phoneNumber?: string | null;

  @Field(() => AddressInput, {
    nullable: true,
    description: 'Home address; replaced as a whole. Its ZIP code gives the time zone.',
  })
  address?: AddressInput | null;

  @Field(() => TimeZone, {
    nullable: true,
    description: 'Overrides the time zone that follows from the ZIP code; null for no override.',
  })
  timeZone?: string | null;

  @Field(() => ID, { nullable: true, description: "The customer's site that looks after the patient." })
  siteId?: string | null;
}

@InputType({ description: 'A new patient of a customer.' })
export class CreatePatientInput extends PatientInput {
  @Field(() => ID, {
    nullable: true,
    description: 'Whose patient. Operators must give it; others may leave it out or give their own.',
  })
  customerId?: string | null;

  @Field(() => String, { description: 'Given name; 1 to 100 characters.' })
  firstName: string;

  @Field(() => String, { description: 'Family name; 1 to 100 characters.' })
  lastName: string;
}

@InputType({
  description:
    'A change of a patient, named by patientId, by patientExternalIdentifier or by both. What is absent stays, null clears.',
})
export class UpdatePatientInput extends PatientInput {
  @Field(() => ID, { nullable: true, description: 'Which patient: the global id or the databaseId.' })
  patientId?: string | null;

  @Field(() => String, { nullable: true, description: 'Which patient: the external identifier that it has now.' })
  patientExternalIdentifier?: string | null;

  @Field(() => String, { nullable: true, description: 'Given name; 1 to 100 characters. It cannot be cleared.' })
  firstName?: string | null;

  @Field(() => String, { nullable: true, description: 'Family name; 1 to 100 characters. It cannot be cleared.' })
  lastName?: string | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether the patient is archived. It cannot be cleared.' })
  archived?: boolean | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether the patient takes part in the programme now. It cannot be cleared.',
  })
  enrolled?: boolean | null;
}
