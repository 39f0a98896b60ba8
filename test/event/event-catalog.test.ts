import { defineEvent, EventCatalog, UnreadableEventError } from '../../src/platform/event/event-catalog';
import { EVENTS } from '../../src/features';

interface Opened {
  customerId: string;
  openedAt: Date;
  closedAt: Date | null;
}

const opened = defineEvent<Opened>({
  type: 'door.opened',
  description: 'A door was opened',
  message: ({ openedAt, closedAt }) => ({ since: openedAt, until: closedAt }),
  sample: { customerId: '0', openedAt: '2026-01-02T15:04:05.000Z', closedAt: null },
});

describe('defineEvent', () => {
  const row = { customerId: '7', openedAt: new Date('2026-01-02T15:04:05.000Z'), closedAt: null };

  it('creates events, and their message from the stored payload', () => {
    const event = opened.create('7', row, '12');
    expect(event).toEqual({ id: '12', customerId: '7', type: 'door.opened', payload: row });
    const stored = JSON.parse(JSON.stringify(event.payload)) as Record<string, unknown>;
    expect(opened.read(stored).openedAt).toBe('2026-01-02T15:04:05.000Z');
    expect(opened.toMessages(stored)).toEqual([
      { type: 'door.opened', payload: { since: '2026-01-02T15:04:05.000Z', until: null } },
    ]);
  });

  it('converts the sample into a sample message', () => {
    expect(opened.messages).toEqual([
      {
        type: 'door.opened',
        description: 'A door was opened',
        sample: { since: '2026-01-02T15:04:05.000Z', until: null },
      },
    ]);
  });

  it('uses the payload of the event as the message by default', () => {
    const closed = defineEvent({ type: 'door.closed', description: 'A door was closed', sample: { doorId: '1' } });
    expect(closed.toMessages({ doorId: '2' })).toEqual([{ type: 'door.closed', payload: { doorId: '2' } }]);
    expect(closed.messages[0]!.sample).toEqual({ doorId: '1' });
  });
});

describe('EventCatalog', () => {
  it('rejects duplicate types of events and of messages', () => {
    expect(() => new EventCatalog([opened, opened])).toThrow('door.opened is defined twice.');
    const other = { ...opened, type: 'door.slammed' };
    expect(() => new EventCatalog([opened, other])).toThrow('door.opened is defined twice.');
  });

  const catalog = new EventCatalog([opened]);

  it.each([
    ['a type of a later version', { type: 'door.painted', payload: {} }, 'the type is unknown'],
    [
      'a payload without a member',
      { payload: { openedAt: 'now', closedAt: null } },
      'customerId is missing or has another type',
    ],
    [
      'a payload with another type',
      { payload: { customerId: '7', openedAt: 5 } },
      'openedAt is missing or has another type',
    ],
    ['a payload that is no object', { payload: null }, 'TypeError'],
  ])('cannot read %s', (_what, event, reason) => {
    const { type, payload } = { type: 'door.opened', ...event } as { type: string; payload: Record<string, unknown> };
    const read = () => catalog.messagesOf({ type, payload }).map((message) => message.payload);
    expect(read).toThrow(new UnreadableEventError(type, reason));
  });

  it('its version is that of the types and members that it can read', () => {
    const more = defineEvent({ type: 'door.closed', description: 'A door was closed', sample: { doorId: '1' } });
    expect(new EventCatalog([opened]).version).toBe(catalog.version);
    expect(new EventCatalog([opened, more]).version).not.toBe(catalog.version);
  });
});

it('every message type has a description and a sample', () => {
  for (const { type, description, sample } of EVENTS.messages) {
    expect(type).toMatch(/^[a-z]+\.[a-z][A-Za-z]+$/);
    expect(description).toMatch(/^[A-Z].*[a-z]$/);
    expect(Object.keys(sample).length).toBeGreaterThan(1);
  }
});
