import type { LookupAddress } from 'node:dns';
import { checkedLookup, ForbiddenAddressError, isGlobalUnicast } from '../../src/features/webhook/endpoint-address';
import { post } from '../../src/features/webhook/webhook-client';
import { WebhookReceiver } from '../support/webhook-receiver';
import { StubbedDns } from './stubbed-dns.harness';

const NAME = 'hooks.example.com';

let dns: StubbedDns;
beforeEach(() => (dns = new StubbedDns()));
afterEach(() => dns.restore());

type Answer = { error: Error } | { address: string | LookupAddress[]; family: number | undefined };

function lookUp(isAllowed = isGlobalUnicast, options = {}): Promise<Answer> {
  return new Promise((resolve) =>
    checkedLookup(isAllowed)(NAME, options, (error, address, family) =>
      resolve(error ? { error } : { address, family }),
    ),
  );
}

it('answers the addresses of a name, all of them or the first', async () => {
  dns.name(NAME, ['93.184.216.34', '2606:4700::1']);
  expect(await lookUp()).toEqual({ address: '93.184.216.34', family: 4 });
  expect(await lookUp(isGlobalUnicast, { all: true })).toEqual({
    address: [
      { address: '93.184.216.34', family: 4 },
      { address: '2606:4700::1', family: 6 },
    ],
    family: undefined,
  });
});

it.each([
  [['10.0.0.1']],
  [['127.0.0.1']],
  [['93.184.216.34', '10.0.0.1']],
  [['10.0.0.1', '93.184.216.34']],
  [['93.184.216.34', '::ffff:127.0.0.1']],
  [['2606:4700::1', 'fe80::1%eth0']],
])('refuses a name with the addresses %p', async (addresses) => {
  dns.name(NAME, addresses);
  for (const options of [{}, { all: true }]) {
    const answer = await lookUp(isGlobalUnicast, options);
    expect(answer).toEqual({ error: new Error('The name resolves to an address that is not public.') });
    expect((answer as { error: Error }).error).toBeInstanceOf(ForbiddenAddressError);
  }
});

it('passes on why a name cannot be resolved', async () => {
  dns.name(NAME, []);
  const error = { message: 'The name cannot be resolved', code: 'ENOTFOUND' };
  expect(await lookUp()).toMatchObject({ error });
});

/** Demo mode allows this machine by http: its loopback addresses stand for public ones here, all others for private ones. */
describe('a connection', () => {
  let receiver: WebhookReceiver;
  beforeEach(async () => (receiver = await WebhookReceiver.start()));
  afterEach(() => receiver.stop());
  const send = () =>
    post(
      { url: `http://${NAME}:${receiver.port}/`, body: '{}', headers: { 'webhook-id': 'evt_1' } },
      { allowsLoopback: true },
    );
  const refused = {
    status: null,
    body: null,
    retryAfter: null,
    error: 'The name resolves to an address that is not public.',
  };

  it('is made to the address that was checked, which is asked for once, whatever the name means a moment later', async () => {
    dns.name(NAME, ['127.0.0.1'], ['10.0.0.1']);
    expect(await send()).toMatchObject({ status: 200, error: null });
    expect(dns.asked).toEqual([NAME]);
    expect(receiver.received.map(({ headers }) => headers.host)).toEqual([`${NAME}:${receiver.port}`]);
  });

  it('is checked anew each time: a name that leads inside meanwhile is refused', async () => {
    dns.name(NAME, ['127.0.0.1'], ['127.0.0.1', '10.0.0.1'], ['192.168.0.1'], ['127.0.0.1']);
    expect((await send()).status).toBe(200);
    expect(await send()).toEqual(refused);
    expect(await send()).toEqual(refused);
    expect((await send()).status).toBe(200);
    expect(dns.asked).toHaveLength(4);
    expect(receiver.connections).toBe(2);
  });

  it('goes to the next address where one does not answer', async () => {
    dns.name(NAME, ['127.0.0.2', '127.0.0.1']);
    expect((await send()).status).toBe(200);
  });

  it('is not made to a name that is refused', async () => {
    dns.name(NAME, ['10.0.0.1']);
    expect(await send()).toEqual(refused);
    expect(receiver.connections).toBe(0);
  });
});
