import { Webhook } from 'standardwebhooks';

/** What a receiver finds out about who sent a delivery. */
export interface SignatureCheck {
  isVerified: boolean;
  /** In words. */
  result: string;
}

/** A secret as `createWebhook` and `rotateWebhookSecret` show it. */
const SECRET = /^whsec_(?=.)(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

export function isWebhookSecret(text: string): boolean {
  return SECRET.test(text);
}

/**
 * Checks a delivery as every receiver should before it believes it: a signature of the body, the id and the time by the secret that
 * only the gateway has, and not older than five minutes (Standard Webhooks).
 *
 * @param body byte for byte as it came: JSON that was parsed and written again has another signature
 */
export function checkSignature(
  secret: string | undefined,
  body: string,
  headers: Readonly<Record<string, string>>,
): SignatureCheck {
  if (secret === undefined) return { isVerified: false, result: 'signature not checked: no secret was given' };
  try {
    new Webhook(secret).verify(body, headers, { jsonParse: false });
    return { isVerified: true, result: 'signature verified' };
  } catch (error) {
    return { isVerified: false, result: `signature NOT verified: ${(error as Error).message}` };
  }
}
