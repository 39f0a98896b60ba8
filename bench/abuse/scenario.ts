import type { Stage } from './stage';

/** An abuse of the gateway by one caller, and what it may do to all others. */
export interface Scenario {
  readonly name: string;
  /** What the caller does. */
  readonly attack: string;
  readonly run: (stage: Stage) => Promise<readonly Finding[]>;
}

/** A measured value and the greatest value that is allowed. */
export interface Finding {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  /** Greatest allowed value. */
  readonly bar: number;
}
