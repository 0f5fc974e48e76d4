"""A whole schema as sorted lines of text: columns, constraints, indexes, policies, triggers, functions, rights."""

from __future__ import annotations

from storage.transaction import Transaction

_QUERIES = (
    """
    SELECT format('%s column %s %s%s%s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
                  CASE WHEN a.attnotnull THEN ' not null' ELSE '' END,
                  coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), ''))
      FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
      LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
    """,
    """
    SELECT format('%s constraint %s %s', c.conrelid::regclass, c.conname, pg_get_constraintdef(c.oid))
      FROM pg_constraint c WHERE c.connamespace = 'public'::regnamespace AND c.contype <> 'n'
    """,
    """
    SELECT format('%s index %s', i.tablename, i.indexdef) FROM pg_indexes i WHERE i.schemaname = 'public'
    """,
    """
    SELECT format('%s policy %s using %s check %s', p.tablename, p.policyname, p.qual, p.with_check)
      FROM pg_policies p WHERE p.schemaname = 'public'
    """,
    """
    SELECT format('%s security %s', c.relname, CASE WHEN c.relrowsecurity THEN 'row level' ELSE 'none' END)
      FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
    """,
    """
    SELECT format('%s trigger %s', t.tgrelid::regclass, pg_get_triggerdef(t.oid))
      FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
     WHERE c.relnamespace = 'public'::regnamespace AND NOT t.tgisinternal
    """,
    """
    SELECT format('function %s security %s%s', p.oid::regprocedure,
                  CASE WHEN p.prosecdef THEN 'definer' ELSE 'invoker' END,
                  coalesce(' set ' || array_to_string(p.proconfig, ' '), ''))
      FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace
    """,
    """
    SELECT format('%s grant %s', c.relname, string_agg(a.privilege_type, ' ' ORDER BY a.privilege_type))
      FROM pg_class c, aclexplode(c.relacl) a
     WHERE c.relnamespace = 'public'::regnamespace AND a.grantee = 'sostech_app'::regrole
     GROUP BY c.relname
    """,
)


async def catalogue(transaction: Transaction) -> list[str]:
    """The schema `public`, one fact a line."""
    lines: list[str] = []
    for query in _QUERIES:
        lines += [str(row[0]) for row in await transaction.fetch(query)]
    return sorted(lines)
