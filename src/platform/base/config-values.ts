import { BlockList, isIP, isIPv6 } from 'node:net';
import { z } from 'zod';
import { faultOfDatabaseUrl } from './database-url';

/** Schemas for the values of configuration variables, each with its rule as a message. */

const MAX_SHOWN = 60;

export function wholeNumber(min: number, max: number) {
  return z
    .string()
    .refine((text) => /^[0-9]{1,9}$/.test(text) && Number(text) >= min && Number(text) <= max, {
      error: `must be a whole number from ${min} to ${max}`,
    })
    .transform(Number);
}

const ON_OR_OFF = new Map([
  ...['on', 'true', '1', 'yes'].map((text) => [text, true] as const),
  ...['off', 'false', '0', 'no'].map((text) => [text, false] as const),
]);

/** Not `z.stringbool`: after its error, zod would skip the rules between variables. */
export function onOrOff() {
  return z
    .string()
    .refine((text) => ON_OR_OFF.has(text.toLowerCase()), { error: 'must be on or off' })
    .transform((text) => ON_OR_OFF.get(text.toLowerCase()));
}

export function oneOf<const Names extends readonly [string, ...string[]]>(names: Names) {
  return z.enum(names, { error: `must be one of ${names.join(', ')}` });
}

export function host() {
  return z.string().refine((text) => isIP(text) !== 0 || /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i.test(text), {
    error: 'must be an IP address or a host name, without a port',
  });
}

export function databaseUrl() {
  return z.string().superRefine((text, ctx) => {
    const fault = faultOfDatabaseUrl(text);
    if (fault !== undefined) ctx.addIssue({ code: 'custom', message: fault });
  });
}

export function jwksUrl() {
  return z
    .string()
    .refine((text) => isUrl(text, ['https:', 'http:']), {
      error: 'must be a URL like https://issuer.example.com/jwks.json',
    })
    .transform((text) => new URL(text))
    .refine((url) => url.protocol === 'https:' || isLoopback(url.hostname), {
      error: 'must start with https://; http:// is allowed for loopback addresses only',
    })
    .refine((url) => url.username === '' && url.password === '', { error: 'must not contain a user or a password' });
}

/** Scheme, host and port. */
const ORIGIN = /^https?:\/\/[^/?#@*\\]+$/i;

export function origins() {
  return z
    .string()
    .transform((text) => text.split(',').flatMap((origin) => origin.trim() || []))
    .refine((list) => list.every((origin) => ORIGIN.test(origin) && isUrl(origin, ['https:', 'http:'])), {
      error:
        'must be origins like https://app.example.com, separated by commas, without paths, trailing slashes or wildcards',
    })
    .transform((list) => list.map((origin) => new URL(origin).origin)); // as browsers send it
}

export function headerNames() {
  return z
    .string()
    .transform((text) => text.split(',').flatMap((name) => name.trim().toLowerCase() || []))
    .refine((list) => list.every((name) => /^[a-z0-9!#$%&'*+.^_`|~-]+$/.test(name) && name !== '*'), {
      error: 'must be names of headers like x-app-version, separated by commas, without wildcards',
    });
}

/** Addresses, and networks such as `10.0.0.0/8`. */
export function networks() {
  return z
    .string()
    .transform((text) => text.split(',').flatMap((network) => network.trim() || []))
    .refine((list) => list.every(isNetwork), {
      error: 'must be IP addresses or networks like 10.0.0.0/8, separated by commas',
    });
}

function isNetwork(text: string): boolean {
  const [address = '', bits, ...others] = text.split('/');
  const max = { 4: 32, 6: 128 }[isIP(address)];
  return (
    max !== undefined && others.length === 0 && (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= max))
  );
}

function isUrl(text: string, protocols: readonly string[]): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, port } = new URL(text);
  return protocols.includes(protocol) && port !== '0'; // fetch and node:http would connect to the default port, or not at all
}

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** @param hostname from a URL (IPv6 in brackets) or from HOST */
export function isLoopback(hostname: string): boolean {
  const address = hostname.replace(/^\[(.*)\]$/, '$1');
  if (isIP(address) === 0) return address.toLowerCase() === 'localhost';
  return LOOPBACK.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}

/** A value in a message: quoted, and truncated when it is long. */
export function shown(text: string | undefined): string {
  return JSON.stringify(text && text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text);
}
