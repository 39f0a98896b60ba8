import { createCipheriv, createDecipheriv, createHmac, timingSafeEqual } from 'node:crypto';
import { RequestError } from '../base/errors';

const MAC_BYTES = 12;
const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Longer than any cursor. The longest has an id and a folded name, and about 1,200 characters. */
const MAX_LENGTH = 2_000;

/** Separates the parts of a sealed position. No text contains it. */
const SEPARATOR = '\0';

/**
 * Makes opaque cursors from positions, which are lists of texts.
 *
 * Cursors of lists are **sealed** (AES-256-GCM): they hold the sort value, which may be the name of a patient. Cursors of streams
 * hold ids only and are **signed** (HMAC), so that instances of the release before accept them, too.
 *
 * Both are bound to what they belong to (list, parent, sort, customer): a forged cursor, or one of another list or customer, is
 * CURSOR_INVALID. The same position always has the same cursor. All instances share APP_SECRET, so a cursor is valid on every one.
 */
export class Cursors {
  private readonly nonceKey: Buffer;

  /** @param signingKey @param sealingKey 32 bytes each, derived from APP_SECRET */
  constructor(
    private readonly signingKey: Buffer,
    private readonly sealingKey: Buffer,
  ) {
    this.nonceKey = createHmac('sha256', sealingKey).update('nonce').digest();
  }

  seal(position: readonly string[], belongsTo: string): string {
    const body = Buffer.from(position.join(SEPARATOR));
    // Derived from all that is sealed: only the same cursor has the same nonce.
    const nonce = digest(this.nonceKey, belongsTo, body).subarray(0, NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, this.sealingKey, nonce).setAAD(Buffer.from(belongsTo));
    const sealed = Buffer.concat([cipher.update(body), cipher.final()]);
    return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64url');
  }

  /**
   * Also accepts the signed cursors of lists that earlier releases made.
   *
   * @param argument that holds the cursor
   * @throws RequestError CURSOR_INVALID
   */
  open(cursor: string, belongsTo: string, argument: string): string[] {
    if (cursor.length > MAX_LENGTH) throw invalidCursor(argument);
    return this.unseal(Buffer.from(cursor, 'base64url'), belongsTo) ?? this.verify(cursor, belongsTo, argument);
  }

  sign(position: readonly string[], belongsTo: string): string {
    const body = Buffer.from(position.join(' '), 'latin1');
    return Buffer.concat([this.mac(body, belongsTo), body]).toString('base64url');
  }

  /**
   * @param argument that holds the cursor
   * @throws RequestError CURSOR_INVALID
   */
  verify(cursor: string, belongsTo: string, argument: string): string[] {
    const signed = Buffer.from(cursor, 'base64url');
    const body = signed.subarray(MAC_BYTES);
    if (signed.length <= MAC_BYTES || !timingSafeEqual(signed.subarray(0, MAC_BYTES), this.mac(body, belongsTo)))
      throw invalidCursor(argument);
    return body.toString('latin1').split(' ');
  }

  /** Undefined for what is not a sealed cursor of this list. */
  private unseal(bytes: Buffer, belongsTo: string): string[] | undefined {
    const body = bytes.subarray(NONCE_BYTES + TAG_BYTES);
    if (body.length === 0) return undefined;
    const decipher = createDecipheriv(CIPHER, this.sealingKey, bytes.subarray(0, NONCE_BYTES))
      .setAAD(Buffer.from(belongsTo))
      .setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
    try {
      return Buffer.concat([decipher.update(body), decipher.final()])
        .toString()
        .split(SEPARATOR);
    } catch {
      return undefined;
    }
  }

  private mac(body: Buffer, belongsTo: string): Buffer {
    return digest(this.signingKey, belongsTo, body).subarray(0, MAC_BYTES);
  }
}

function digest(key: Buffer, belongsTo: string, body: Buffer): Buffer {
  return createHmac('sha256', key).update(belongsTo).update('\0').update(body).digest();
}

/** @param argument that holds the cursor */
export function invalidCursor(argument: string): RequestError {
  return new RequestError(
    'CURSOR_INVALID',
    'The cursor does not belong to this list. Use a cursor that the same query returned.',
    { path: [argument] },
  );
}
