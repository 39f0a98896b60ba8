import type { Database } from './database';
import { UnsuitableDatabaseError } from './prerequisites';
import { DATABASE_ROLES, OPERATOR_SCOPE, SYSTEM_SCOPE, type Scope } from './scope';

interface RoleFacts {
  role: string;
  replication: string;
  user: string;
  database: string;
  bypasses: boolean;
  memberOf: string[];
  unprotected: string[];
}

const SCOPES: Scope[] = [{ kind: 'customer', customerId: '0' }, OPERATOR_SCOPE, SYSTEM_SCOPE];

/**
 * Checks that row-level security applies to the roles of the connections.
 *
 * @throws UnsuitableDatabaseError when a role is a superuser, has BYPASSRLS or is a member of another role, or when a table does not force its
 *   policies
 */
export async function assertBoundByRowLevelSecurity(database: Database): Promise<void> {
  for (const scope of SCOPES) {
    const [facts] = await database.session(scope).sql<RoleFacts>`/* role_check */ select current_user::text as role,
      current_setting('session_replication_role') as replication, quote_ident(session_user) as user,
      quote_ident(current_database()) as database,
      (select rolsuper or rolbypassrls from pg_roles where rolname = current_user) as bypasses,
      array(select r.rolname::text from pg_roles r
            where r.rolname <> current_user and pg_has_role(current_user, r.oid, 'MEMBER') order by 1) as "memberOf",
      array(select relname::text from pg_class
            where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and relname <> 'migration'
              and not (relrowsecurity and relforcerowsecurity) order by relname) as unprotected`;
    if (facts!.replication !== 'origin')
      throw new UnsuitableDatabaseError(
        `The setting session_replication_role is ${facts!.replication}, so triggers and foreign keys have no effect. ` +
          `A superuser set it for the user or the database. Run as superuser: ` +
          `alter role ${facts!.user} reset session_replication_role; alter database ${facts!.database} reset session_replication_role;`,
      );
    const problem =
      facts!.role !== DATABASE_ROLES[scope.kind]
        ? `runs as ${facts!.role} instead of ${DATABASE_ROLES[scope.kind]}`
        : facts!.bypasses
          ? 'is a superuser or has BYPASSRLS'
          : facts!.memberOf.length > 0
            ? `is a member of other roles and inherits their policies and rights: ${facts!.memberOf.join(', ')}`
            : facts!.unprotected.length > 0
              ? `has access to tables without forced row-level security: ${facts!.unprotected.join(', ')}`
              : undefined;
    if (problem)
      throw new UnsuitableDatabaseError(
        `Refusing to start: the role for ${scope.kind} statements ${problem}. Customers' rows would not be isolated.`,
      );
  }
}
