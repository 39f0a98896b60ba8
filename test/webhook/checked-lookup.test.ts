import type { LookupAddress } from 'node:dns';
import { checkedLookup, ForbiddenAddressError, isGlobalUnicast } from '../../src/features/webhook/endpoint-address';
import { post } from '../../src/features/webhook/webhook-client';
import { WebhookReceiver } from '../support/webhook-receiver';
import { StubbedDns } from './stubbed-dns.harness';

const NAME = 'hooks.example.com';

let dns: StubbedDns;
beforeEach(() => (dns = new StubbedDns()));
afterEach(() => dns.restore());

type LookupResult = { error: Error } | { address: string | LookupAddress[]; family: number | undefined };

function lookUp(isAllowed = isGlobalUnicast, options = {}): Promise<LookupResult> {
  return new Promise((resolve) =>
    checkedLookup(isAllowed)(NAME, options, (error, address, family) =>
      resolve(error ? { error } : { address, family }),
    ),
  );
}

it('returns all addresses of a name, or the first one', async () => {
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
    const result = await lookUp(isGlobalUnicast, options);
    expect(result).toEqual({ error: new Error('The name resolves to an address that is not public.') });
    expect((result as { error: Error }).error).toBeInstanceOf(ForbiddenAddressError);
  }
});

it('passes on the error of a name that cannot be resolved', async () => {
  dns.name(NAME, []);
  const error = { message: 'The name cannot be resolved', code: 'ENOTFOUND' };
  expect(await lookUp()).toMatchObject({ error });
});

/** Uses http in demo mode: loopback addresses play the public ones here, all others the private ones. */
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

  it('uses the address that was checked, after one lookup, even if the name changes afterwards', async () => {
    dns.name(NAME, ['127.0.0.1'], ['10.0.0.1']);
    expect(await send()).toMatchObject({ status: 200, error: null });
    expect(dns.asked).toEqual([NAME]);
    expect(receiver.received.map(({ headers }) => headers.host)).toEqual([`${NAME}:${receiver.port}`]);
  });

  it('is checked each time: a name that has become private is refused', async () => {
    dns.name(NAME, ['127.0.0.1'], ['127.0.0.1', '10.0.0.1'], ['192.168.0.1'], ['127.0.0.1']);
    expect((await send()).status).toBe(200);
    expect(await send()).toEqual(refused);
    expect(await send()).toEqual(refused);
    expect((await send()).status).toBe(200);
    expect(dns.asked).toHaveLength(4);
    expect(receiver.connections).toBe(2);
  });

  it('tries the next address if one does not respond', async () => {
    dns.name(NAME, ['127.0.0.2', '127.0.0.1']);
    expect((await send()).status).toBe(200);
  });

  it('is not made for a refused name', async () => {
    dns.name(NAME, ['10.0.0.1']);
    expect(await send()).toEqual(refused);
    expect(receiver.connections).toBe(0);
  });
});
