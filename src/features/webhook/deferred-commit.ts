import { raw } from '../../platform/db/sql';

/**
 * A condition that is true, and lets the transaction commit without waiting for the disk. After a crash of the database, the latest
 * of such transactions can be missing as a whole: then events are planned or sent again, with the same message ids. Delivery is at
 * least once in any case.
 */
export const COMMIT_IS_DEFERRED = raw(`(select set_config('synchronous_commit', 'off', true)) is not null`);
