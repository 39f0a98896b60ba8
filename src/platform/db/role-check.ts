import type { Database } from './database';
import { DATABASE_ROLES, OPERATOR_SCOPE, SYSTEM_SCOPE, type Scope } from './scope';

interface RoleFacts {
  role: string;
  bypasses: boolean;
  memberOf: string[];
  unprotected: string[];
}

const SCOPES: Scope[] = [{ kind: 'customer', customerId: '0' }, OPERATOR_SCOPE, SYSTEM_SCOPE];

/**
 * Refuses to serve in a role that row-level security does not bind: a superuser, one with BYPASSRLS, a member of another
 * role, or on tables whose policies are switched off.
 */
export async function assertBoundByRowLevelSecurity(database: Database): Promise<void> {
  for (const scope of SCOPES) {
    const [facts] = await database.session(scope).sql<RoleFacts>`/* role_check */ select current_user::text as role,
      (select rolsuper or rolbypassrls from pg_roles where rolname = current_user) as bypasses,
      array(select r.rolname::text from pg_roles r
            where r.rolname <> current_user and pg_has_role(current_user, r.oid, 'MEMBER') order by 1) as "memberOf",
      array(select relname::text from pg_class
            where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and relname <> 'migration'
              and not (relrowsecurity and relforcerowsecurity) order by relname) as unprotected`;
    const problem =
      facts!.role !== DATABASE_ROLES[scope.kind]
        ? `runs as ${facts!.role} instead of ${DATABASE_ROLES[scope.kind]}`
        : facts!.bypasses
          ? 'is a superuser or has BYPASSRLS'
          : facts!.memberOf.length > 0
            ? `is a member of other roles, whose policies and rights would be its own: ${facts!.memberOf.join(', ')}`
            : facts!.unprotected.length > 0
              ? `finds tables without forced row-level security: ${facts!.unprotected.join(', ')}`
              : undefined;
    if (problem)
      throw new Error(
        `Refusing to start: the role for ${scope.kind} statements ${problem}. Customers' rows would not be kept apart.`,
      );
  }
}
