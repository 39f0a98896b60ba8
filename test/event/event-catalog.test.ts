import { defineEvent, EventCatalog } from '../../src/platform/event/event-catalog';
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

  it('returns no messages for an event of a later version', () => {
    const catalog = new EventCatalog([opened]);
    expect(catalog.has('door.painted')).toBe(false);
    expect(catalog.messagesOf({ type: 'door.painted', payload: {} })).toEqual([]);
  });
});

it('every message type has a description and a sample', () => {
  for (const { type, description, sample } of EVENTS.messages) {
    expect(type).toMatch(/^[a-z]+\.[a-z][A-Za-z]+$/);
    expect(description).toMatch(/^[A-Z].*[a-z]$/);
    expect(Object.keys(sample).length).toBeGreaterThan(1);
  }
});
