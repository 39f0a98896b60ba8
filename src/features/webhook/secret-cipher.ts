import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const SECRET_BYTES = 24;

/** Purpose for which the key of the cipher is derived from APP_SECRET. */
export const WEBHOOK_SECRET = 'webhook secret';

/** Encrypts the secrets of webhooks at rest, so that access to the database alone does not allow signing. */
export class SecretCipher {
  /** @param key 32 bytes, derived from APP_SECRET, which all instances share */
  constructor(private readonly key: Buffer) {}

  /** A new secret, in the format of Standard Webhooks. */
  static generate(): string {
    return `whsec_${randomBytes(SECRET_BYTES).toString('base64')}`;
  }

  encrypt(secret: string): Buffer {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, this.key, nonce);
    const encrypted = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
    return Buffer.concat([nonce, cipher.getAuthTag(), encrypted]);
  }

  /** @throws Error if the secret was encrypted with another key, for example before APP_SECRET changed */
  decrypt(encrypted: Buffer): string {
    const decipher = createDecipheriv(CIPHER, this.key, encrypted.subarray(0, NONCE_BYTES));
    decipher.setAuthTag(encrypted.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
    return decipher.update(encrypted.subarray(NONCE_BYTES + TAG_BYTES), undefined, 'utf8') + decipher.final('utf8');
  }
}
