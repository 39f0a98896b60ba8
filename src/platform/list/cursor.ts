import { createHmac, timingSafeEqual } from 'node:crypto';
import { RequestError } from '../base/errors';

const MAC_BYTES = 12;

/**
 * Signs positions into opaque cursors.
 *
 * A cursor holds ids and times only, never personal data. Its MAC covers what it belongs to (connection, parent, sort,
 * customer): a forged cursor, or one of another list or customer, is CURSOR_INVALID. All instances share APP_SECRET, so a
 * cursor is valid on every instance.
 */
export class CursorSigner {
  constructor(private readonly key: Buffer) {}

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
    if (signed.length <= MAC_BYTES || !timingSafeEqual(signed.subarray(0, MAC_BYTES), this.mac(body, belongsTo))) {
      throw new RequestError(
        'CURSOR_INVALID',
        'The cursor does not belong to this list. Use a cursor that the same query returned.',
        { path: [argument] },
      );
    }
    return body.toString('latin1').split(' ');
  }

  private mac(body: Buffer, belongsTo: string): Buffer {
    return createHmac('sha256', this.key).update(belongsTo).update('\0').update(body).digest().subarray(0, MAC_BYTES);
  }
}
