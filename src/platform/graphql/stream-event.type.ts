import type { ClassType } from 'type-graphql';
import { objectType, optional, plainInterfaceType, required, type FieldsOf } from './types';

/** The cursor is a member of the payload because a device or an order itself has no position in the event stream. */
interface StreamEventRow {
  cursor: string;
}

export const StreamEvent = plainInterfaceType<StreamEventRow>(
  'StreamEvent',
  'An event of a subscription, with its cursor. All subscriptions share one event stream, so a cursor of one subscription can resume any other.',
  {
    cursor: required(
      String,
      'Position of this event in the event stream. Pass it as `after` to resume after this event.',
    ),
  },
);

/** The payload of a subscription. @template Row its members in addition to the cursor */
export function streamEventType<Row extends object>(
  name: string,
  description: string,
  fields: FieldsOf<Row>,
): ClassType<Row & StreamEventRow> {
  return objectType(name, description, fields, StreamEvent) as ClassType<Row & StreamEventRow>;
}

/**
 * The argument `after` of a subscription.
 *
 * @param otherwise sentence for when it is omitted
 */
export const streamAfter = (otherwise: string) =>
  optional(String, `Cursor of an earlier event, or \`Query.streamCursor\`. The stream resumes after it. ${otherwise}`);
