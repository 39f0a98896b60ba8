import { hkdfSync, randomBytes } from 'node:crypto';
import { link, mkdir, readFile, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const KEY_BYTES = 32;
const SECRET_FILE = 'app-secret';
/** Shorter than this, a secret is not one that the gateway made, or it was cut off. */
const MIN_SECRET_LENGTH = 32;

/**
 * A key of 32 bytes for one purpose (HKDF-SHA256, RFC 5869). Keys of different purposes say nothing about each other.
 *
 * @param purpose names what the key is for and never changes, e.g. `cursor`: it is part of the key
 */
export function deriveKey(appSecret: string, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', appSecret, '', `device-gateway ${purpose}`, KEY_BYTES));
}

/**
 * The secret of a gateway that was given none: made at random once and kept in the data folder, readable by its owner only.
 *
 * Of several gateways that start at once one makes it, and all read the same.
 *
 * @throws Error when the file is there but holds no secret: a new one would silently invalidate what the old one signed and encrypted
 */
export async function readOrCreateAppSecret(dataDir: string): Promise<string> {
  const path = join(dataDir, SECRET_FILE);
  const secret = (await readIfThere(path)) ?? (await create(dataDir, path));
  if (secret.length < MIN_SECRET_LENGTH) {
    throw new Error(
      `${path} holds no secret of at least ${MIN_SECRET_LENGTH} characters: restore it, or remove it to have a new one made.`,
    );
  }
  return secret;
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

async function create(dataDir: string, path: string): Promise<string> {
  await mkdir(dataDir, { recursive: true });
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  await writeFile(draft, randomBytes(32).toString('base64url'), { mode: 0o600, flag: 'wx' });
  try {
    await link(draft, path); // whole or not at all, and the first of several gateways wins
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw error;
  } finally {
    await unlink(draft);
  }
  return (await readFile(path, 'utf8')).trim();
}

function isCode(error: unknown, code: string): boolean {
  return (error as NodeJS.ErrnoException).code === code;
}
