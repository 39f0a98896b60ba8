import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const SECRET_BYTES = 24;

/** For which the key of the cipher is derived from the secret of the installation. */
export const WEBHOOK_SECRET = 'webhook secret';

/** Keeps the secrets of webhooks encrypted at rest: who reads the database alone cannot sign. */
export class SecretCipher {
  /** @param key 32 bytes, derived from APP_SECRET, which all instances share */
  constructor(private readonly key: Buffer) {}

  /** A new secret, as Standard Webhooks writes it. */
  static generate(): string {
    return `whsec_${randomBytes(SECRET_BYTES).toString('base64')}`;
  }

  encrypt(secret: string): Buffer {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, this.key, nonce);
    const encrypted = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
    return Buffer.concat([nonce, cipher.getAuthTag(), encrypted]);
  }

  /** @throws Error when it was encrypted with another key, e.g. after APP_SECRET has changed */
  decrypt(encrypted: Buffer): string {
    const decipher = createDecipheriv(CIPHER, this.key, encrypted.subarray(0, NONCE_BYTES));
    decipher.setAuthTag(encrypted.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
    return decipher.update(encrypted.subarray(NONCE_BYTES + TAG_BYTES), undefined, 'utf8') + decipher.final('utf8');
  }
}
