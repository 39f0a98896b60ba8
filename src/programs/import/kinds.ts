import { DEVICES } from './devices.kind';
import type { ImportKind } from './import-kind';
import { PATIENTS } from './patients.kind';
import { READINGS } from './readings.kind';

/** The kinds of entries that files can have, in the order of the help. */
export const KINDS: readonly ImportKind[] = [READINGS, DEVICES, PATIENTS];
