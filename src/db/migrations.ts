import { Initial1795305600000 } from '../../migrations/1795305600000-initial';

/** Every migration in its order. One that has landed is never edited. */
export const MIGRATIONS = [Initial1795305600000];
