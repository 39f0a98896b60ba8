import { renamed } from '../../src/platform/rest/member-names';

const NAMES = {
  lines: 'orderItems',
  'lines.*.itemId': 'orderItems.*.item.id',
  itemId: 'item.id',
  patientId: 'patient.id',
};

it.each([
  ['lines', 'orderItems'],
  ['lines.0.itemId', 'orderItems.0.item.id'],
  ['lines.12.itemId must not be empty.', 'orderItems.12.item.id must not be empty.'],
  ['There is no such item. Check itemId.', 'There is no such item. Check item.id.'],
  ['patientId and patientExternalIdentifier differ.', 'patient.id and patientExternalIdentifier differ.'],
  ['lines.0.other', 'orderItems.0.other'],
])('%s becomes %s', (given, expected) => {
  expect(renamed(given, NAMES)).toBe(expected);
});

it.each(['other.lines', 'outlines', 'linesOfText', 'A text.'])('%s stays', (given) => {
  expect(renamed(given, NAMES)).toBe(given);
});

it('without names, a text stays', () => {
  expect(renamed('lines.0.itemId')).toBe('lines.0.itemId');
});
