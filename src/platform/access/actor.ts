import { toCamelCase } from '../base/camel-case';
import { defineEnum, type EnumOf } from '../base/enum';

export const ActorKind = defineEnum('ActorKind', 'What kind of caller did something.', {
  API_KEY: 'A server of the customer, with an API key.',
  USER: 'A person who was signed in.',
  OPERATOR: "The platform's own staff.",
  SYSTEM: 'The platform itself.',
});
export type ActorKind = EnumOf<typeof ActorKind>;

/** Who did something, as it is stored with each change. */
export interface ActorValue {
  kind: ActorKind;
  /** The name of the key, or the subject of the token. */
  label: string;
}

/** Who did something, as a customer is told: the platform's staff is one. */
export function toActorMessage(kind: ActorKind, label: string): { kind: string; label: string } {
  return { kind: toCamelCase(kind), label: kind === ActorKind.OPERATOR ? 'Impilo' : label };
}
