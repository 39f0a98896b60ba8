/** Stored kind of an actor. OPERATOR is Impilo staff, with a key or a token. */
export const ActorKind = { API_KEY: 'API_KEY', USER: 'USER', OPERATOR: 'OPERATOR', SYSTEM: 'SYSTEM' } as const;
export type ActorKind = keyof typeof ActorKind;

/** Types of actors in messages of webhooks, and in REST. */
export const ACTOR_MESSAGE_TYPES = { API_KEY: 'apiKey', USER: 'user', OPERATOR: 'staff', SYSTEM: 'system' } as const;

/** The actor stored with each change. */
export interface ActorValue {
  kind: ActorKind;
  /** The name of the key, or the subject of the token. */
  label: string;
  /** Id of the API key. Null for other kinds, for demo keys (not stored) and for changes before ids were recorded. */
  apiKeyId: string | null;
}

/** An actor as columns of a row: `startedByKind`, `startedByLabel`, … */
export type ActorColumns<Name extends string> = {
  [Part in keyof ActorValue as `${Name}${Capitalize<Part>}`]: ActorValue[Part];
};

export function toActorColumns<Name extends string>(name: Name, { kind, label, apiKeyId }: ActorValue) {
  return { [`${name}Kind`]: kind, [`${name}Label`]: label, [`${name}ApiKeyId`]: apiKeyId } as ActorColumns<Name>;
}

/** Name of an actor as customers see it: all Impilo staff appear as one. */
export function displayNameForCustomer({ kind, label }: Pick<ActorValue, 'kind' | 'label'>): string {
  return kind === ActorKind.OPERATOR ? 'Impilo' : label;
}

/** An actor in the payload of a webhook. */
export function toActorMessage(kind: ActorKind, label: string): { type: string; displayName: string } {
  return { type: ACTOR_MESSAGE_TYPES[kind], displayName: displayNameForCustomer({ kind, label }) };
}
