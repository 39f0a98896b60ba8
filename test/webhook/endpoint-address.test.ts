import { addressesAllowedFor, assertHostAllowed, isGlobalUnicast } from '../../src/features/webhook/endpoint-address';

/** First and last addresses of ranges that are not global unicast, and global neighbors. Source: IANA's special-purpose registries. */
const SPECIAL: Readonly<Record<string, { inside: string[]; outside?: string[] }>> = {
  'this network, 0.0.0.0/8': { inside: ['0.0.0.0', '0.0.0.1', '0.255.255.255'], outside: ['1.0.0.0'] },
  'private, 10/8': { inside: ['10.0.0.0', '10.255.255.255'], outside: ['9.255.255.255', '11.0.0.0'] },
  'private, 172.16/12': { inside: ['172.16.0.0', '172.31.255.255'], outside: ['172.15.255.255', '172.32.0.0'] },
  'private, 192.168/16': { inside: ['192.168.0.0', '192.168.255.255'], outside: ['192.167.255.255', '192.169.0.0'] },
  'shared, 100.64/10': { inside: ['100.64.0.0', '100.127.255.255'], outside: ['100.63.255.255', '100.128.0.0'] },
  'loopback, 127/8': {
    inside: ['127.0.0.0', '127.0.0.1', '127.255.255.255'],
    outside: ['126.255.255.255', '128.0.0.0'],
  },
  'link-local, 169.254/16': {
    inside: ['169.254.0.0', '169.254.169.254', '169.254.255.255'],
    outside: ['169.253.255.255'],
  },
  'protocol assignments, 192.0.0/24': { inside: ['192.0.0.0', '192.0.0.255'], outside: ['192.0.1.0'] },
  documentation: {
    inside: ['192.0.2.0', '192.0.2.255', '198.51.100.0', '198.51.100.255', '203.0.113.0', '203.0.113.255'],
    outside: ['198.51.99.255', '203.0.114.0'],
  },
  '6to4 relays, 192.88.99/24': { inside: ['192.88.99.0', '192.88.99.255'], outside: ['192.88.98.255'] },
  'benchmarks, 198.18/15': { inside: ['198.18.0.0', '198.19.255.255'], outside: ['198.17.255.255', '198.20.0.0'] },
  'multicast, 224/4': { inside: ['224.0.0.0', '239.255.255.255'], outside: ['223.255.255.255'] },
  'reserved, 240/4, and broadcast': { inside: ['240.0.0.0', '255.255.255.254', '255.255.255.255'] },

  'unspecified and loopback': { inside: ['::', '::1', '0:0:0:0:0:0:0:1'] },
  'IPv4-compatible, ::/96': { inside: ['::127.0.0.1', '::7f00:1', '::10.0.0.1', '::8.8.8.8'] },
  'IPv4-mapped, ::ffff:0:0/96': { inside: ['::ffff:127.0.0.1', '::ffff:a00:1', '::ffff:8.8.8.8'] },
  'IPv4-translated, ::ffff:0:0:0/96': { inside: ['::ffff:0:127.0.0.1', '::ffff:0:808:808'] },
  'NAT64, 64:ff9b::/96 and 64:ff9b:1::/48': {
    inside: ['64:ff9b::127.0.0.1', '64:ff9b::808:808', '64:ff9b:1::1', '64:ff9b:1:ffff:ffff:ffff:ffff:ffff'],
  },
  'discard, 100::/64': { inside: ['100::', '100::1'] },
  'Teredo, 2001::/32': { inside: ['2001::', '2001:0:53aa:64c:0:7f:0:1', '2001:0:ffff:ffff:ffff:ffff:ffff:ffff'] },
  'protocol assignments, 2001::/23': {
    inside: ['2001:2::1', '2001:10::1', '2001:20::1', '2001:1ff:ffff::'],
    outside: ['2001:200::1'],
  },
  'documentation, 2001:db8::/32 and 3fff::/20': {
    inside: ['2001:db8::', '2001:db8:ffff::1', '3fff::1', '3fff:fff::1'],
    outside: ['2001:db9::1', '3fff:1000::1'],
  },
  '6to4, 2002::/16': { inside: ['2002::', '2002:7f00:1::1', '2002:ffff:ffff::1'], outside: ['2003::1'] },
  'unique-local, fc00::/7': { inside: ['fc00::', 'fd00::1', 'fdff:ffff::1'] },
  'link-local, fe80::/10, with and without a zone': { inside: ['fe80::1', 'fe80::1%eth0', 'febf:ffff::1'] },
  'site-local, fec0::/10': { inside: ['fec0::1', 'feff:ffff::1'] },
  'multicast, ff00::/8': { inside: ['ff00::', 'ff02::1', 'ffff::1'] },
  unallocated: { inside: ['1fff:ffff::1', '4000::1', '5f00::1', '8000::1', 'e000::1', '200::1'] },
};

it.each(Object.entries(SPECIAL))('refuses %s, but not the neighbors', (_name, { inside, outside = [] }) => {
  expect(inside.filter(isGlobalUnicast)).toEqual([]);
  expect(outside.filter((address) => !isGlobalUnicast(address))).toEqual([]);
});

it.each(['8.8.8.8', '93.184.216.34', '2606:4700:4700::1111', '2001:4860:4860::8888', '2a00:1450::1', '2000::1'])(
  'allows %s',
  (address) => {
    expect(isGlobalUnicast(address)).toBe(true);
  },
);

it.each([
  '',
  'example.com',
  '8.8.8',
  '134744072',
  '0x8080808',
  '010.8.8.8',
  '8.8.8.8/24',
  '[2606:4700::1]',
  ' 8.8.8.8',
])('does not accept %p as an address', (address) => {
  expect(isGlobalUnicast(address)).toBe(false);
});

describe('the addresses of a URL', () => {
  const isAllowed = (url: string, allowsLoopback: boolean) => addressesAllowedFor(new URL(url), allowsLoopback);

  it('must be global', () => {
    for (const allowed of [isAllowed('https://a.example', true), isAllowed('https://a.example', false)])
      expect(['8.8.8.8', '127.0.0.1', '::1', '10.0.0.1'].map(allowed)).toEqual([true, false, false, false]);
  });

  it('must be those of this machine for http in demo mode', () => {
    const allowed = isAllowed('http://localhost:4100', true);
    expect(['127.0.0.1', '127.9.9.9', '::1', '8.8.8.8', '10.0.0.1', '::ffff:127.0.0.1'].map(allowed)).toEqual([
      true,
      true,
      true,
      false,
      false,
      false,
    ]);
    expect(isAllowed('http://localhost:4100', false)('127.0.0.1')).toBe(false);
  });

  it.each([
    'https://10.0.0.1/',
    'https://[::1]/',
    'https://2130706433/',
    'https://0x7f.1/',
    'https://[::ffff:8.8.8.8]:8443/',
  ])('are checked if the URL contains one: %s', (url) => {
    expect(() => assertHostAllowed(new URL(url), isGlobalUnicast)).toThrow('The address is not public.');
  });

  it.each(['https://8.8.8.8/', 'https://[2606:4700::1]/', 'https://hooks.example.com/'])(
    'are accepted in %s',
    (url) => {
      expect(() => assertHostAllowed(new URL(url), isGlobalUnicast)).not.toThrow();
    },
  );
});
