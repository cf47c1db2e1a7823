-- The tables of a snapshot. This file is public API: rules and `watchbill query` read these names.
-- Within a major version columns are added, never renamed or dropped. A view a resource type comes on top
-- (aws_sqs_queue, ...): the columns of `resources` but `attributes` and `unread`, and one column an attribute.

-- The one scan that made this file.
create table scan (
    id varchar not null,              -- <utc>-<hex>
    version varchar not null,         -- of watchbill
    started timestamp not null,       -- UTC, as all times here
    finished timestamp,
    seen_at timestamp not null,       -- the moment rules judge by (--now)
    accounts varchar[] not null,      -- that were to be scanned
    own_accounts varchar[] not null,  -- those, and all others of the organization where it was asked
    accounts_gap varchar,             -- why there may be an account of ours beside `accounts`; null: there is none
    regions varchar[] not null,
    ignored_tags varchar[],           -- prefixes of the tag keys that are not compared
    canary bigint not null            -- a checksum scanned after loading; see store/snapshot.py
);

-- Every account of ours that the scan knows of.
create table accounts (
    account varchar not null,
    name varchar not null,            -- in the organization, where it was asked
    status varchar not null,          -- scanned | unreachable | suspended | pending_closure | ...
    reason varchar not null
);

-- One row a call that was asked of AWS (with all its pages), and one a declared source.
create table ledger (
    account varchar not null,
    region varchar not null,          -- or `global`
    service varchar not null,         -- boto3's name; `state` for a declared source
    operation varchar not null,
    type varchar not null,            -- Terraform type it was asked for
    parent varchar not null,          -- Terraform id of the resource it was about, or ``
    status varchar not null,          -- ok | denied | denied_by_scp | throttled | timeout | malformed | vanished | encrypted | ...
    error_code varchar not null,
    message varchar not null,
    pages bigint not null,
    items bigint not null,
    complete boolean not null,
    started varchar not null,
    finished varchar not null
);

-- Every declared state that was named.
create table sources (
    source varchar not null,
    status varchar not null,          -- ok | stale | malformed | encrypted | unsupported | ...
    message varchar not null,
    serial bigint,
    lineage varchar not null,
    terraform_version varchar not null,
    instances bigint not null,
    digest varchar not null           -- sha256 of the bytes
);

-- Every actual resource.
create table resources (
    resource varchar not null,        -- ARN, else account/region/type/id
    type varchar not null,            -- Terraform type
    id varchar not null,              -- Terraform id
    name varchar not null,
    arn varchar,
    account varchar not null,
    region varchar not null,          -- or `global`
    tags map(varchar, varchar),       -- null: cannot be tagged, or tags not read
    taggable boolean not null,
    created_at timestamp,
    seen_at timestamp not null,
    origin varchar not null,          -- `` | gone | default | service | spawned | unread: who made it, whatever is declared
    part boolean not null,            -- a sub-configuration of its parent, no resource of its own
    class varchar not null,           -- declared | unmanaged | double_declared | provider_default | child | unknown
    address varchar,                  -- Terraform address, if declared
    parent varchar,                   -- resource it is part of or belongs to
    monthly_cost double,              -- USD at the list price of its region, use not counted; null: not known
    unread varchar[] not null,        -- calls about it that did not come back
    attributes varchar not null,      -- JSON; an attribute that was not read has no key
    hash varchar                      -- of what history keeps of it: 128 bits of the sha256
);

-- What is known by its ARN alone: nothing of it was read, it may be AWS's own, and what is not here may be there.
create table identified (
    resource varchar not null,        -- ARN
    type varchar not null,            -- Terraform type, `` where it is not known
    account varchar not null,
    region varchar not null,          -- or `global`
    via varchar not null,             -- cloudcontrol: it was listed | tagging: it has tags or had some, and may be gone
    state varchar not null,           -- declared | unmanaged | unknown, where a state was not read
    seen_at timestamp not null
);

-- What things cost, as far as that is known: `monthly_cost` is made of these. The lines that fit a resource add up.
create table prices (
    type varchar not null,
    applies varchar not null,         -- JSON: attributes and the pattern that each must match
    region varchar not null,          -- the only one it holds for
    usd double not null,
    unit varchar not null,            -- hour | month | GB-month | ...
    times varchar not null,           -- the attribute it is multiplied by, or ``
    beyond bigint not null,           -- so much of that is free
    up_to bigint,                     -- above that the price is another
    read varchar not null,            -- the day it was read at its source, YYYY-MM-DD
    source varchar not null
);

-- Every declared instance, with what became of it.
create table declared (
    source varchar not null,
    address varchar not null,
    type varchar not null,
    id varchar not null,
    account varchar not null,         -- `` where the state does not say
    region varchar not null,
    resource varchar,                 -- the actual resource, or what is missing; null where neither is known
    status varchar not null,          -- in_sync | changed | missing | not_compared | unreadable | out_of_scope | unsupported
    reason varchar not null,
    tainted boolean not null,
    deposed varchar not null,
    seen_at timestamp not null,
    hash varchar                      -- of what history keeps of it: 128 bits of the sha256
);

-- Every compared attribute.
create table comparisons (
    address varchar not null,
    source varchar not null,
    resource varchar not null,
    type varchar not null,
    attribute varchar not null,
    verdict varchar not null,         -- in_sync | changed | unreadable
    declared varchar,                 -- JSON
    actual varchar,                   -- JSON
    effect varchar not null,          -- what the change means, in words; `` where it is none
    severity varchar not null         -- likewise
);

-- What earlier scans say of drift: one row an attribute of a declared instance that is out of sync or was lately, and
-- one row an instance or resource that is missing or unmanaged or was lately (without `attribute`).
create table stories (
    resource varchar not null,
    type varchar not null,
    source varchar not null,          -- the state, or `` for an unmanaged resource
    address varchar,
    attribute varchar not null,       -- or ``
    state varchar not null,           -- absent | in_sync | changed; absent | matched | missing | managed | unmanaged | other
    since timestamp,                  -- the first scan that found it so
    after timestamp,                  -- the last scan before that, which found it otherwise
    age_days bigint not null,
    turns bigint not null,            -- how often it turned within the scans looked at
    flapping boolean not null,
    absorbed_at timestamp,            -- when the state was last found to have taken over what nobody declared
    absorbed_after timestamp,         -- the scan before that
    absorbed varchar,                 -- JSON: what was declared before
    became varchar,                   -- JSON: what is declared now
    serial_before bigint,             -- of the state
    serial bigint,
    effect varchar not null,          -- what that change means, in words
    severity varchar not null,
    events varchar not null           -- JSON: kind, after, at, of each that happened
);

-- Who answers for a resource.
create table owners (
    resource varchar not null,
    team varchar,
    via varchar not null,             -- in words: how the team is known
    state varchar not null,           -- valid | inherited | missing | placeholder | unknown | departed | person |
                                      -- empty | unreachable | conflict | untaggable | unread
    source varchar not null,          -- tag | stack | codeowners | catalogue | parent; `` where none names anybody
    sure varchar not null,            -- certain | likely | ``
    verified boolean not null,        -- the directory knows the team and that it can be reached
    named varchar,                    -- what the source says, as written
    nearest varchar,                  -- the team that may have been meant, where no team is called that
    said_of varchar,                  -- the resource whose word it is: itself, or what it belongs to
    lead varchar,                     -- whom to ask where `team` is null: by declaration, creator or account
    lead_via varchar
);

-- Who answers in each of the four roles: four rows a resource.
create table owner_roles (
    resource varchar not null,
    role varchar not null,            -- cost | access | monitoring | recovery
    team varchar,
    via varchar not null,
    state varchar not null,           -- as in owners
    own boolean not null,             -- named for this role; false: the primary owner, because nobody is
    verified boolean not null
);

-- What every source says about who answers, heard or not: more than one row a resource is normal.
create table owner_claims (
    resource varchar not null,
    role varchar not null,            -- owner | cost | access | monitoring | recovery
    source varchar not null,          -- as in owners, and declared | creator | account
    via varchar not null,
    named varchar not null,           -- as written
    team varchar,                     -- the team it means; null where it means none that can answer
    state varchar not null
);

-- What a resource says of the request that it came from: one row a key that it has.
create table context (
    resource varchar not null,
    key varchar not null,             -- requested_by | ticket | purpose | expires | service | environment | cost_center | data_class
    value varchar not null,           -- as written
    via varchar not null              -- tag KEY, or declared tag KEY
);

-- Tags that a resource must have: one row a tag that settings or a tag policy ask of it.
create table required_tags (
    resource varchar not null,
    tag varchar not null,
    present boolean not null,
    because varchar not null          -- who asks for it
);

-- Until when a resource is wanted: one row a resource with an expiry tag.
create table expiries (
    resource varchar not null,
    tag varchar not null,             -- the tag's own key
    text varchar not null,            -- as written
    ends timestamp                    -- the first moment after it; null where the text is no date
);

-- Which alarm watches which resource.
create table alarm_covers (
    alarm varchar not null,           -- resource of the alarm; of a metric stream that passes its metrics on; of a subscription to its events
    resource varchar not null,
    speaks boolean not null           -- false where it is known that nobody hears it (alarm_reach)
);

-- Whether anybody would hear of it: one row a resource and intent that somebody recommends an alarm for, up to the
-- tier of the settings. What was not seen anywhere on the way is `unknown`.
create table alarm_reach (
    resource varchar not null,
    intent varchar not null,          -- availability | errors | storage | ... (scanner/derive/alarms.toml)
    happens varchar not null,         -- in words: what nobody would hear of
    tier bigint not null,
    verdict varchar not null,         -- yes | no | unknown
    broken varchar not null,          -- the first hop that is: alarm | action | target | subscription | endpoint | person, or ``
    says varchar not null,            -- in words
    alarm varchar,                    -- resource of the alarm, or the event subscription, that gets furthest
    via varchar not null,             -- direct | math | anomaly | query | aggregate, with composite behind it; logs | own | probe | event | failed; or ``
    path varchar[] not null           -- alarm, composite, action, subscription, endpoint: as far as it goes
);

-- Whom each alarm tells when it rings, whatever it looks at.
create table alarm_ways (
    alarm varchar not null,
    verdict varchar not null,         -- as in alarm_reach
    broken varchar not null,
    says varchar not null,
    deaf varchar not null,            -- why it can never ring, or ``
    muted varchar not null,           -- the mute rule that silences its actions at every hour and without an end, or ``
    path varchar[] not null
);

-- Whether the data of a resource would come back: one row a question, for what holds data.
create table recovery (
    resource varchar not null,
    question varchar not null,        -- backed_up | planned (by AWS Backup) | recent (within its objective) | deletion | account |
                                      -- region | zone (it, or a backup, survives the loss of that) | readable | proven (restored)
    verdict varchar not null,         -- yes | no | unknown; without a declared objective `recent` is unknown
    says varchar not null,            -- in words
    moment timestamp                  -- of the newest backup, or of the last restore
);

-- Where the states themselves lie: one row a question and bucket that a state was read from.
create table state_stores (
    resource varchar,                 -- the bucket; null where no scanned account has it
    bucket varchar not null,
    source varchar not null,          -- one of the states in it
    question varchar not null,        -- versioned | shut | encrypted | locked
    verdict varchar not null,         -- yes | no | unknown
    says varchar not null
);

-- Alarms that somebody recommends, by resource type: what alarm_reach asks for.
create table recommended_alarms (
    type varchar not null,
    namespace varchar not null,
    metric varchar not null,
    dimensions varchar[] not null,
    intent varchar not null,
    tier bigint not null,             -- 1: asked of everybody
    applies varchar not null,         -- JMESPath over the resource, or ``
    statistic varchar not null,
    comparison varchar not null,
    threshold double,                 -- null: its owner's to set
    period bigint not null,
    periods bigint not null,
    datapoints bigint not null,
    missing varchar not null,         -- missing | breaching | notBreaching
    source varchar not null,
    read varchar not null             -- the day it was read at its source, YYYY-MM-DD
);

-- Who holds which policy document, and through what: one row a principal, document and way.
create table grants (
    principal varchar not null,       -- resource of the user, group or role; of a trust or a resource's own policy: whom it names
    document varchar not null,        -- resource of the policy, or its ARN where it is one of AWS's own
    via varchar not null,             -- inline | attached | group | permission_set | boundary | trust | resource_policy
    through varchar,                  -- the group, of what is held through one
    given_by varchar not null,        -- the resource that makes it so: the inline policy, the attachment
    digest bigint,                    -- of its statements; null where they are not known
    problem varchar not null,         -- why they are not, or ``
    doubt boolean not null            -- what was not read may take away what others give
);

-- What the documents that somebody holds say: one row a statement of each distinct document.
create table statements (
    digest bigint not null,
    number bigint not null,
    scope bigint not null,            -- the same where all is the same but the actions that it names, and does not spare
    effect varchar not null,          -- Allow | Deny
    actions varchar[] not null,       -- patterns, lower case
    not_actions boolean not null,     -- all actions but those
    targets varchar[] not null,       -- patterns of resources, as written
    not_targets boolean not null,     -- all resources but those
    conditional boolean not null,     -- a Condition asks for more than dates and PassedToService
    kinds varchar[] not null,         -- of what its Condition asks for: mfa | organization | source | principal | network | region |
                                      -- external_id | passed_service | boundary | policy | tag | subject | audience | date | other
    passed_to varchar[],              -- the only services that a role may be passed to
    starts timestamp,                 -- by a date in its Condition: the moment it begins to hold
    ends timestamp,                   -- likewise: the first moment it no longer holds
    condition varchar                 -- JSON
);

-- The patterns of actions in each of those statements, one row each.
create table statement_actions (
    digest bigint not null,
    number bigint not null,
    pattern varchar not null,         -- lower case
    not_actions boolean not null,     -- the statement is about all actions but those
    scope bigint not null
);

-- What those statements say besides their actions, once each: as in `statements`.
create table statement_scopes (
    scope bigint not null,
    effect varchar not null,
    targets varchar[] not null,
    not_targets boolean not null,
    conditional boolean not null,
    kinds varchar[] not null,
    passed_to varchar[],
    starts timestamp,
    ends timestamp
);

-- Patterns of actions that policies use, and what each stands for (`*` alone is not spelled out).
create table action_patterns (
    pattern varchar not null,         -- lower case
    action varchar,                   -- as AWS writes it; null: there is no such action, and was none
    level varchar,                    -- list | read | write | tagging | permissions
    retired varchar                   -- date of the data that no longer have it
);

-- Where what principals may do is not what was declared: one row a document, boundary or membership. A document that is
-- written otherwise and says the same has none.
create table grant_changes (
    resource varchar not null,        -- the principal, or the policy that says otherwise
    change varchar not null,          -- added (by hand) | lost | policy | trust | boundary | membership (by hand)
    document varchar not null,        -- the policy, its ARN where it is attached; the boundary there is; the group
    via varchar not null,             -- inline | attached | group | boundary | trust
    gains varchar[] not null,         -- what it may that was not declared, in words; the widest first, 20 at most
    loses varchar[] not null,         -- likewise, what was declared that it may not
    given_by varchar not null,        -- the resource that makes it so, or would
    address varchar not null,         -- of the declaration that differs, or ``
    declared varchar not null         -- the boundary that was declared, or ``
);

-- What grants.yaml says of a grant that there is.
create table grant_records (
    principal varchar not null,       -- these three as in grants
    document varchar not null,
    given_by varchar not null,
    requested_by varchar not null,
    approved_by varchar not null,
    reason varchar not null,
    ticket varchar not null,
    granted varchar not null,         -- YYYY-MM-DD
    ends timestamp,                   -- the first moment after its last day; null: granted for ever
    written varchar not null          -- file and entry
);

-- What IAM recorded of the services that a principal may use, of those it was asked about (setting use_lookups).
create table service_uses (
    principal varchar not null,
    service varchar not null,         -- as policies name it; `` in the one row that says the principal was asked about
    used_at timestamp,                -- when it last was; null: not in the 400 days that IAM tracks
    region varchar not null           -- where, or ``
);

-- The same of what they hold: one row a grant and service that its document allows by name, `*` where it allows all of them.
create table grant_uses (
    principal varchar not null,       -- these four as in grants
    document varchar not null,
    via varchar not null,
    given_by varchar not null,
    service varchar not null,
    used_at timestamp,
    since timestamp                   -- for so long at least it has held this; null: not known
);

-- Versions of policies that are kept and not in use.
create table policy_versions (
    policy varchar not null,
    version varchar not null,
    wider boolean not null            -- it allows something that the version in use does not, or denies less
);

-- Who may do everything, after what is denied: one row a principal and document that it comes by.
create table administrators (
    principal varchar not null,
    document varchar not null,
    via varchar not null,             -- as in grants
    through varchar,
    others varchar[] not null,        -- documents that give what this one leaves out
    verdict varchar not null,         -- yes | conditional | unknown
    boundary varchar,                 -- a permissions boundary that nevertheless allows it
    unread varchar[] not null         -- layers of policies that were not read, and may take it away
);

-- Every action of a service on everything, after what is denied.
create table wildcards (
    principal varchar not null,
    document varchar not null,
    via varchar not null,
    service varchar not null,         -- as in the action
    target varchar not null,          -- as written
    verdict varchar not null          -- yes | unknown
);

-- Who can become more than it was made: one row a principal, method and target that leads on; the shortest ways only.
create table paths (
    principal varchar not null,
    target varchar,                   -- whom it becomes, or whose permissions it writes; null: everybody's
    method varchar not null,          -- its actions, and the service that a role is passed to
    way varchar not null,             -- write | policy | become | join | assume | pass | carrier | boundary | deny | sets
    says varchar not null,            -- what is done, after "may"
    actions varchar[] not null,       -- all of them are allowed
    documents varchar[] not null,     -- the policies that allow them
    service varchar not null,
    hops bigint not null,             -- how far it is to an administrator
    verdict varchar not null,         -- yes | conditional | unknown
    needs varchar not null,           -- what it takes besides, not known here; or ``
    gives varchar not null,           -- administrator | role: another role, and by no known way more
    ways bigint not null,             -- rows of that principal
    mended_in varchar not null,       -- the principal; of a group that has it by one attached policy, the policy
    unread varchar[] not null         -- layers of policies that were not read, and may take it away
);

-- A text as one word of a shell.
create macro sh(text) as
    if(regexp_full_match(text, '[A-Za-z0-9_@%+=:,./-]+'), text, '''' || replace(text, '''', '''"''"''') || '''');

-- Every grant with what is known of it beside the policy. One row a grant; what is not known is null.
create view grant_ledger as
select
    g.principal, g.document, g.via, g.through, g.given_by,
    -- of what makes it so, or of the principal it was found through: declared | unmanaged (by hand) | unknown | ...
    if(d.class = 'child', p.class, d.class) as class,
    d.address,                        -- its Terraform address
    o.team as owner, o.state as owner_state,
    -- by grants.yaml, else by the tags of the principal
    coalesce(w.requested_by, asked.requested_by) as requested_by,
    coalesce(w.ticket, asked.ticket) as ticket,
    coalesce(w.reason, asked.purpose) as purpose,
    w.approved_by,
    coalesce(cast(w.granted as timestamp), d.created_at) as granted_at, -- by AWS where it says when: not of an attachment
    w.ends as recorded_end,           -- by grants.yaml
    x.ends as claimed_end,            -- by the principal's or policy's expiry tag, which enforces nothing
    s.ends as enforced_end,           -- by a date in the policy, of all that it allows
    -- of a service that it allows, where IAM was asked; else of a role, for whatever it may
    if(u.principal is not null, strftime(u.used_at, '%Y-%m-%dT%H:%M:%SZ'), json_extract_string(p.attributes, '$.last_used_date')) as last_used,
    u.principal is not null as services_asked,
    case
        when g.via = 'permission_set' then null -- of its set, in IAM Identity Center
        when g.via = 'group' then 'aws iam remove-user-from-group --user-name ' || sh(p.name)
            || ' --group-name ' || sh(regexp_extract(g.through, '[^/]+$'))
        when g.via = 'boundary' then 'aws iam delete-' || k.kind || '-permissions-boundary --' || k.kind || '-name ' || sh(p.name)
        when d.type like '%_attachment' then 'aws iam detach-' || k.kind || '-policy --' || k.kind || '-name ' || sh(p.name)
            || ' --policy-arn ' || sh(g.document)
        when d.type like '%_policy' then 'aws iam delete-' || k.kind || '-policy --' || k.kind || '-name ' || sh(p.name)
            || ' --policy-name ' || sh(d.name)
    end as revert                     -- the call that takes it away; where it is declared, Terraform gives it back
from grants as g
join resources as p on p.resource = g.principal
join (values ('aws_iam_role', 'role'), ('aws_iam_user', 'user'), ('aws_iam_group', 'group')) as k (type, kind) on k.type = p.type
left join resources as d on d.resource = g.given_by
left join grant_records as w on w.principal = g.principal and w.document = g.document and w.given_by = g.given_by
left join (
    select principal, document, via, given_by, max(used_at) as used_at from grant_uses group by all
) as u on u.principal = g.principal and u.document = g.document and u.via = g.via and u.given_by = g.given_by
left join owners as o on o.resource = g.principal
left join (
    select
        c.resource,
        any_value(c.value) filter (c.key = 'requested_by') as requested_by,
        any_value(c.value) filter (c.key = 'ticket') as ticket,
        any_value(c.value) filter (c.key = 'purpose') as purpose
    from context as c group by c.resource
) as asked on asked.resource = g.principal
left join (select e.resource, min(e.ends) as ends from expiries as e group by e.resource) as x on x.resource = g.principal
left join (
    select t.digest, case when count(*) = count(t.ends) then max(t.ends) end as ends
    from statements as t where t.effect = 'Allow' group by t.digest
) as s on s.digest = g.digest
where g.via not in ('trust', 'resource_policy');

-- Service control policies of the organization that hold for an account's principals: each level between the root and the
-- account allows what any of its policies allows, all levels must, and what one denies is denied.
create table guardrails (
    account varchar not null,
    level bigint not null,            -- 0 for the root; the account itself comes last
    target varchar not null,          -- the root, unit or account that it is attached to
    policy varchar not null,
    binds varchar not null,           -- own: the account's principals | everybody, others: who uses its resources; others: nobody
                                      -- of the organization
    digest bigint                     -- of its statements; null where they are not known
);

-- Whether those of an account are known, a row a layer.
create table guarded_accounts (
    account varchar not null,
    layer varchar not null,           -- service control policies | resource control policies
    state varchar not null,           -- read | none (there can be no such policy) | unread
    reason varchar not null           -- why none, or why not read
);

-- Who may use a resource or assume a role by a policy of its own.
create table trusts (
    resource varchar not null,
    kind varchar not null,            -- role | queue | topic | bucket | key | secret | function
    principal varchar not null,       -- `*`, an account, an ARN, a service
    principal_type varchar not null,  -- AWS | Service | Federated | CanonicalUser
    account varchar,                  -- of an AWS principal, where it names one
    action varchar not null,
    conditional boolean not null,
    kinds varchar[] not null,         -- of what its Condition asks for, as in statements
    subjects varchar[] not null,      -- subjects of an identity provider that are let in
    starts timestamp,
    ends timestamp,                   -- the first moment it no longer holds
    refused varchar[]                 -- of a role: whom the same policy denies it, whatever the circumstances
);

-- What is encrypted with which KMS key.
create table key_uses (
    resource varchar not null,
    type varchar not null,
    account varchar not null,         -- the key's, as the region
    region varchar not null,
    key varchar not null              -- its id, or the name of an alias without `alias/`
);

-- By which names and public addresses ours are reached: balancers, distributions, APIs, addresses.
create table host_names (
    name varchar not null,            -- lower case, or an address
    resource varchar not null,
    type varchar not null,
    account varchar not null,
    region varchar not null
);

-- Those that earlier scans saw or a state still has, that nothing has now, and that a DNS record still names.
create table former_names (
    name varchar not null,
    resource varchar not null,        -- what had it first
    type varchar not null,
    account varchar not null,
    region varchar not null,
    since timestamp                   -- the first scan that saw it; null: none did, a state has it
);

-- What can be named by a finding: actual resources, and declared ones that are not there.
create table subjects (
    resource varchar not null,
    type varchar not null,
    id varchar not null,
    name varchar not null,
    account varchar not null,
    region varchar not null,
    address varchar
);

-- Waivers as they were read, with what they did in this scan.
create table waivers (
    resource varchar not null,        -- watchbill/waiver/<id>
    id varchar not null,
    rule varchar not null,
    category varchar not null,        -- accepted-risk | mitigated | false-positive | planned-removal
    owner varchar not null,
    approved_by varchar not null,
    ticket varchar not null,
    created varchar not null,         -- YYYY-MM-DD
    expires varchar not null,         -- its last day, UTC
    written varchar not null,         -- file:line
    days_left bigint not null,        -- negative where it has expired
    falls_under bigint not null,      -- findings that match it
    hides bigint not null,            -- findings it excuses
    looked boolean not null,          -- this scan saw wherever it could have something to excuse
    changed boolean not null,         -- a finding's evidence is not what it was approved on
    owner_known boolean,              -- the directory has its owner; null where there is no directory
    renewals bigint not null,         -- how often its end was moved, as far as earlier scans know
    seen_at timestamp not null
);

-- Whether a resource is ready for safe work: five rows a resource of people's own making.
create table readiness (
    resource varchar not null,
    aspect varchar not null,          -- declared | owned | permitted | watched | recoverable
    verdict varchar not null,         -- yes | no | unknown | none, where there is nothing to ask
    fact varchar not null             -- the one that decides it, in words
);

-- Findings as rows; `report` holds them with everything else.
create table findings (
    fingerprint varchar not null,
    rule varchar not null,
    severity varchar not null,
    status varchar not null,
    resource varchar not null,
    type varchar not null,
    account varchar not null,
    region varchar not null,
    address varchar,
    team varchar,
    says varchar not null,
    evidence varchar not null,        -- JSON
    first_seen varchar not null,      -- when it came, or came back
    id varchar not null,
    name varchar not null,
    via varchar not null,
    owner_state varchar not null,
    fix varchar not null,
    earliest varchar not null,        -- when it came first
    reopened bigint not null,         -- how often it had gone and was back
    waiver varchar                    -- id of the waiver it falls under, whether that holds or not
);

-- The whole report of this scan, as findings.json; of a large one its findings follow in rows of their own, as lists.
create table report (
    document varchar not null
);
