import { Webhook } from 'standardwebhooks';

export interface SignatureCheck {
  isVerified: boolean;
  /** Text to print. */
  result: string;
}

/** A secret as returned by `createWebhook` and `rotateWebhookSecret`. */
const SECRET = /^whsec_(?=.)(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

export function isWebhookSecret(text: string): boolean {
  return SECRET.test(text);
}

/**
 * Checks the signature of a delivery, as every receiver should before it trusts one (Standard Webhooks): an HMAC of id, time and
 * body, at most five minutes old.
 *
 * @param body exactly as received: parsing and serializing it again would change the signature
 */
export function checkSignature(
  secret: string | undefined,
  body: string,
  headers: Readonly<Record<string, string>>,
): SignatureCheck {
  if (secret === undefined) return { isVerified: false, result: 'signature not checked: no secret given' };
  try {
    new Webhook(secret).verify(body, headers, { jsonParse: false });
    return { isVerified: true, result: 'signature verified' };
  } catch (error) {
    return { isVerified: false, result: `signature NOT verified: ${(error as Error).message}` };
  }
}
