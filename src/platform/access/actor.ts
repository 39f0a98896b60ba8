/** What kind of caller did something, as it is stored. The platform's own staff is one kind, with a key or a token. */
export const ActorKind = { API_KEY: 'API_KEY', USER: 'USER', OPERATOR: 'OPERATOR', SYSTEM: 'SYSTEM' } as const;
export type ActorKind = keyof typeof ActorKind;

const MESSAGE_TYPES = { API_KEY: 'apiKey', USER: 'user', OPERATOR: 'staff', SYSTEM: 'system' } as const;

/** Who did something, as it is stored with each change. */
export interface ActorValue {
  kind: ActorKind;
  /** The name of the key, or the subject of the token. */
  label: string;
  /** Of an API_KEY: its number. Null for demo keys, which are not stored, and for changes from before it was recorded. */
  apiKeyId: string | null;
}

/** An actor as columns of a row: `startedByKind`, `startedByLabel`, … */
export type ActorColumns<Name extends string> = {
  [Part in keyof ActorValue as `${Name}${Capitalize<Part>}`]: ActorValue[Part];
};

export function toActorColumns<Name extends string>(name: Name, { kind, label, apiKeyId }: ActorValue) {
  return { [`${name}Kind`]: kind, [`${name}Label`]: label, [`${name}ApiKeyId`]: apiKeyId } as ActorColumns<Name>;
}

/** What a customer reads as the name of an actor: the platform's staff is one. */
export function displayNameForCustomer({ kind, label }: Pick<ActorValue, 'kind' | 'label'>): string {
  return kind === ActorKind.OPERATOR ? 'Impilo' : label;
}

/** Who did something, as webhooks tell it to a customer. */
export function toActorMessage(kind: ActorKind, label: string): { type: string; displayName: string } {
  return { type: MESSAGE_TYPES[kind], displayName: displayNameForCustomer({ kind, label }) };
}
