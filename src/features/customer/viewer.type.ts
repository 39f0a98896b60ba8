import { objectType, required } from '../../platform/graphql/types';
import type { Caller } from '../../platform/access/caller';
import { Role } from '../../platform/access/policy';

/** The value that resolvers return for the viewer. */
export type ViewerRow = Pick<Caller, 'role' | 'actor'>;

export const Viewer = objectType<ViewerRow>('Viewer', 'The caller, as identified by the credential of the request.', {
  role: required(Role, 'Role of the caller, which determines what it may do.'),
});
