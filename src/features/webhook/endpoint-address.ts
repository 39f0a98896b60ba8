import type { LookupAddress } from 'node:dns';
import dns from 'node:dns/promises';
import { isIP, type LookupFunction } from 'node:net';
import { callbackify } from 'node:util';
import ipaddr from 'ipaddr.js';
import { DomainError } from '../../platform/base/errors';
import { defineLimit } from '../../platform/base/limit';

const MAX_URL_LENGTH = defineLimit('URL of a webhook, characters', {
  value: 2_000,
  unit: 'characters',
  description: 'More is INVALID_URL.',
});

/** An address that deliveries may not be sent to. */
export class ForbiddenAddressError extends Error {}

/** All of IPv6 that is given out as global unicast (RFC 4291, 2.5.4, and IANA's registry); ipaddr.js has no name for what is not. */
const GLOBAL_IPV6 = ipaddr.IPv6.parseCIDR('2000::/3');

/** A host of a URL without the brackets of IPv6, and without the dots at the end of a full name: `localhost.` is localhost. */
function hostOf(url: URL): string {
  return withoutDots(url.hostname.replace(/^\[(.*)\]$/, '$1'));
}

function withoutDots(host: string): string {
  return host.replace(/\.+$/, '');
}

/** Undefined for a text that is no address; ipaddr.js alone would read `8.8.8` and `0x7f.1` too. */
function parseAddress(text: string): ipaddr.IPv4 | ipaddr.IPv6 | undefined {
  return isIP(text) === 0 ? undefined : ipaddr.parse(text);
}

/**
 * Whether deliveries may be sent to an address: only to global unicast ones, so nothing inside of the gateway's own network can be
 * reached through a webhook. Not private, loopback, link-local, shared (100.64/10), 0.0.0.0/8, 240/4, multicast, nor those
 * that hold an IPv4 address in an IPv6 one (mapped, compatible, NAT64, 6to4, Teredo).
 */
export function isGlobalUnicast(text: string): boolean {
  const address = parseAddress(text);
  if (address?.range() !== 'unicast') return false;
  return address instanceof ipaddr.IPv4 || address.match(GLOBAL_IPV6);
}

function isLoopback(text: string): boolean {
  return parseAddress(text)?.range() === 'loopback';
}

/**
 * Checks an endpoint's URL as far as it tells by itself; names are resolved and checked on each attempt.
 *
 * @param allowsLoopback in demo mode http to this machine is allowed, for a receiver beside the gateway
 * @throws DomainError INVALID_URL
 */
export function assertEndpointUrl(text: string, allowsLoopback: boolean): string {
  const refuse = (rule: string) => new DomainError('INVALID_URL', `url ${rule}.`, ['input', 'url']);
  if (text.length > MAX_URL_LENGTH) throw refuse(`must have at most ${MAX_URL_LENGTH} characters`);
  if (!URL.canParse(text)) throw refuse('must be an absolute URL, e.g. https://example.com/impilo');
  const url = new URL(text);
  if (url.username !== '' || url.password !== '')
    throw refuse('must not hold credentials: verify the signature instead');
  const host = hostOf(url);
  const isLocal = isLoopback(host) || host === 'localhost';
  if (allowsLoopback && isLocal && url.protocol === 'http:') return url.href;
  if (url.protocol !== 'https:') throw refuse('must be https');
  if (isLocal || host.endsWith('.localhost') || (isIP(host) !== 0 && !isGlobalUnicast(host)))
    throw refuse('must be at a public address');
  return url.href;
}

/** The next server is asked after 2 s, and all of them twice: within the time of an attempt. */
const resolver = new dns.Resolver({ timeout: 2_000, tries: 2 });

/**
 * Asks the name servers directly. The system's own lookup, which localhost is left to, runs in the four threads that files are read
 * in too: a customer's name server that does not answer would hold up the deliveries of all others.
 */
async function resolveAll(hostname: string): Promise<LookupAddress[]> {
  if (withoutDots(hostname) === 'localhost') return dns.lookup(hostname, { all: true });
  const [ipv4, ipv6] = await Promise.allSettled([resolver.resolve4(hostname), resolver.resolve6(hostname)]);
  const addresses = [
    ...(ipv4.status === 'fulfilled' ? ipv4.value.map((address) => ({ address, family: 4 })) : []),
    ...(ipv6.status === 'fulfilled' ? ipv6.value.map((address) => ({ address, family: 6 })) : []),
  ];
  if (addresses.length === 0 && ipv4.status === 'rejected') {
    const { code } = ipv4.reason as NodeJS.ErrnoException;
    throw Object.assign(new Error('The name cannot be resolved'), { code });
  }
  return addresses;
}

const resolveAllBack = callbackify(resolveAll);

/**
 * Resolves a name for a connection and refuses it when any of its addresses is not allowed: the connection is made to what
 * was checked, so a name that changes in between leads nowhere.
 */
export function checkedLookup(isAllowed: (address: string) => boolean): LookupFunction {
  return (hostname, options, callback) => {
    resolveAllBack(hostname, (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => {
      if (error) {
        callback(error, '');
        return;
      }
      const [first] = addresses;
      if (!first || !addresses.every(({ address }) => isAllowed(address))) {
        callback(new ForbiddenAddressError('The name resolves to an address that is not public.'), '');
        return;
      }
      if (options.all) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}

/** Which addresses an endpoint may have: in demo mode those of this machine too, by http. */
export function addressesAllowedFor(url: URL, allowsLoopback: boolean): (address: string) => boolean {
  return allowsLoopback && url.protocol === 'http:' ? isLoopback : isGlobalUnicast;
}

/** @throws ForbiddenAddressError for a URL with an address instead of a name, which no lookup sees */
export function assertHostAllowed(url: URL, isAllowed: (address: string) => boolean): void {
  const host = hostOf(url);
  if (isIP(host) !== 0 && !isAllowed(host)) throw new ForbiddenAddressError('The address is not public.');
}
