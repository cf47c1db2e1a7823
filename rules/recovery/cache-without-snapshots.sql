-- title: Cache that keeps no snapshots
-- severity: low
-- role: recovery
-- since: "0.1"
-- says: "the cache {name} keeps no snapshots: what it loses cannot be brought back"
-- why: |
--   If it only repeats what a database has, that is slow. If sessions, queues or counters live in it, they are
--   lost, and nobody wrote down which of the two it is.
-- fix: |
--   # Declared: snapshot_retention_limit, else
--   aws elasticache {modify!sh} --region {region!sh} {named!sh} {name!sh} --snapshot-retention-limit 7
-- population: (select resource from aws_elasticache_cluster where origin = '' and engine <> 'memcached' union all select resource from aws_elasticache_replication_group) as caches
-- evidence:
--   engine: redis or valkey
--   modify: the command that changes it
--   named: how that command is told which

select
    k.resource,
    k.engine,
    k.modify,
    k.named,
from (
    select c.resource, c.engine, c.snapshot_retention_limit, 'modify-cache-cluster' as modify,
        '--cache-cluster-id' as named
    -- members of a group follow the group
    from aws_elasticache_cluster as c where c.origin = '' and c.engine in ('redis', 'valkey')
    union all
    select g.resource, g.engine, g.snapshot_retention_limit, 'modify-replication-group',
        '--replication-group-id'
    from aws_elasticache_replication_group as g
) as k
where k.snapshot_retention_limit = 0
