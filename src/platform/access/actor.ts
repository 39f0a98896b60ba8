export enum ActorKind {
  API_KEY = 'API_KEY',
  USER = 'USER',
  OPERATOR = 'OPERATOR',
  SYSTEM = 'SYSTEM',
}

/** Who did something, as it is stored with each change. */
export interface ActorValue {
  kind: ActorKind;
  /** The name of the key, or the subject of the token. */
  label: string;
}
