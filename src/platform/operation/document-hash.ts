import { hash } from 'node:crypto';

/** SHA-256 of the text of a document, in hexadecimal: its id for clients, and in the log. */
export function documentHashOf(text: string): string {
  return hash('sha256', text, 'hex');
}
