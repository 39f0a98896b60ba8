import { Initial1795305600000 } from '../../migrations/1795305600000-initial';
import { Readings1795392000000 } from '../../migrations/1795392000000-readings';

/** Every migration in its order. One that has landed is never edited. */
export const MIGRATIONS = [Initial1795305600000, Readings1795392000000];
