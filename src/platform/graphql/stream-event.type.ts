import type { ClassType } from 'type-graphql';
import { objectType, plainInterfaceType, required, type FieldsOf } from './types';

/** A thing in its place in the stream: it is with the payload, since a thing by itself has none. */
interface StreamEventRow {
  cursor: string;
}

export const StreamEvent = plainInterfaceType<StreamEventRow>(
  'StreamEvent',
  'What a subscription sends: something that happened, with its place in the stream. All subscriptions follow one stream, so the cursor of any of them continues any other.',
  {
    cursor: required(
      String,
      'The place of this event in the stream. Pass it as `after` to continue with what follows.',
    ),
  },
);

/** The payload of a subscription. @template Row what it holds besides its cursor */
export function streamEventType<Row extends object>(
  name: string,
  description: string,
  fields: FieldsOf<Row>,
): ClassType<Row & StreamEventRow> {
  return objectType(name, description, fields, StreamEvent) as ClassType<Row & StreamEventRow>;
}
