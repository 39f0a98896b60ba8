import { argumentsType, inputType, optional } from '../../platform/graphql/types';
import { filteredList } from '../../platform/graphql/connection.type';
import { ReadingKind } from '../kind/reading-kind';

export const ItemFilter = inputType('ItemFilter', 'Which items to answer; conditions are combined with "and".', {
  name: optional(String, 'Items whose name starts with this, whatever the case.'),
  readingKind: optional(
    [ReadingKind],
    'Items that send any of these kinds of readings. An empty list matches nothing.',
  ),
});
export type ItemFilter = InstanceType<typeof ItemFilter>;

export const ItemsArguments = argumentsType(filteredList('items', ItemFilter));
export type ItemsArguments = InstanceType<typeof ItemsArguments>;
