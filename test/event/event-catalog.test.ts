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

  it('makes events, and their message of what is left of them in the outbox', () => {
    const event = opened.create('7', row, '12');
    expect(event).toEqual({ id: '12', customerId: '7', type: 'door.opened', payload: row });
    const stored = JSON.parse(JSON.stringify(event.payload)) as Record<string, unknown>;
    expect(opened.read(stored).openedAt).toBe('2026-01-02T15:04:05.000Z');
    expect(opened.toMessages(stored)).toEqual([
      { type: 'door.opened', payload: { since: '2026-01-02T15:04:05.000Z', until: null } },
    ]);
  });

  it('has a sample of its message', () => {
    expect(opened.messages).toEqual([
      {
        type: 'door.opened',
        description: 'A door was opened',
        sample: { since: '2026-01-02T15:04:05.000Z', until: null },
      },
    ]);
  });

  it('delivers the payload as it is unless told otherwise', () => {
    const closed = defineEvent({ type: 'door.closed', description: 'A door was closed', sample: { doorId: '1' } });
    expect(closed.toMessages({ doorId: '2' })).toEqual([{ type: 'door.closed', payload: { doorId: '2' } }]);
    expect(closed.messages[0]!.sample).toEqual({ doorId: '1' });
  });
});

describe('EventCatalog', () => {
  it('refuses, at the start, two events of one type, and two messages of one type', () => {
    expect(() => new EventCatalog([opened, opened])).toThrow('door.opened is defined twice.');
    const other = { ...opened, type: 'door.slammed' };
    expect(() => new EventCatalog([opened, other])).toThrow('door.opened is defined twice.');
  });

  it('knows no messages of an event of a later version', () => {
    const catalog = new EventCatalog([opened]);
    expect(catalog.has('door.painted')).toBe(false);
    expect(catalog.messagesOf({ type: 'door.painted', payload: {} })).toEqual([]);
  });
});

it("the gateway's messages are complete: a description, and a sample of every type", () => {
  for (const { type, description, sample } of EVENTS.messages) {
    expect(type).toMatch(/^[a-z]+\.[a-z][A-Za-z]+$/);
    expect(description).toMatch(/^[A-Z].*[a-z]$/);
    expect(Object.keys(sample).length).toBeGreaterThan(1);
  }
});
