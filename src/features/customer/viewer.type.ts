import { objectType, required } from '../../platform/graphql/types';
import type { Caller } from '../../platform/access/caller';
import { Role } from '../../platform/access/policy';

/** What resolvers return for the viewer. */
export type ViewerRow = Pick<Caller, 'role' | 'actor'>;

export const Viewer = objectType<ViewerRow>(
  'Viewer',
  'Who is calling: what the credential of this request stands for.',
  {
    role: required(Role, 'What the caller may do.'),
  },
);
