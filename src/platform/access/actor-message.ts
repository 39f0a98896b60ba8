import { toCamelCase } from '../base/camel-case';
import { ActorKind } from './actor';

/** Who did something, as a customer is told: the platform's staff is one. */
export function toActorMessage(kind: ActorKind, label: string): { kind: string; label: string } {
  return { kind: toCamelCase(kind), label: kind === ActorKind.OPERATOR ? 'Impilo' : label };
}
