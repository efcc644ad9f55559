"""Which columns hold personal data: one tag for each column of every table, and a test holds it.

export    leaves with the own data as it is
personal  leaves with the own data, and is erased when somebody is forgotten
sealed    the same, and stands encrypted in the store
unit      the number of a unit; its name leaves
other     the number of somebody else; only what they were leaves (a secretary), never who
words     words in which other people may be named: never leaves, and is not kept for long
internal  numbers and states of the machinery
secret    keys and keyed indexes
"""

from __future__ import annotations

_TABLES = """
units           internal  id parent_id code kind name approval version created_at closed_at
units           internal  merged_into
unit_tree       internal  ancestor_id unit_id depth
persons         internal  id version
persons         personal  name alias member_status member_status_since guardian language
persons         sealed    number_sealed phone_sealed identity_sealed birth_sealed
persons         secret    number_index phone_index identity_index
persons         unit      home_unit_id
persons         export    status created_at claimed_at
homes           internal  id person_id
homes           unit      unit_id
homes           export    since until
accounts        internal  id person_id
accounts        personal  channel external language
accounts        export    reachable reason created_at preferred reads
roles           internal  id person_id
roles           unit      unit_id
roles           other     appointed_by ended_by
roles           export    role since until created_at
invites         internal  id version
invites         unit      unit_id
invites         other     created_by
invites         export    created_at expires_at uses used revoked_at
consents        internal  id account_id person_id
consents        words     guardian_sealed
consents        other     recorded_by
consents        export    purpose text_version given_at withdrawn_at
registrations   internal  id account_id invite_id person_id version
registrations   sealed    details_sealed
registrations   personal  reason
registrations   unit      unit_id
registrations   other     decided_by
registrations   export    state created_at decided_at
groups          internal  id account_id version changed_at changed_key
groups          unit      unit_id
groups          other     bound_by
groups          export    title state bound_at created_at
robots          internal  group_id created_at
robots          secret    secret secret_index
contact_units   internal  department unit_id name parent at
contact_changes internal  kind count at
contact_refusals secret   user_index
contact_refusals internal at
former_ids      internal  account_id
former_ids      personal  channel external
former_ids      export    at
merges          internal  id kept_id absorbed_id home_id facts
merges          export    state was at undone_at
merge_lines     internal  merge_id entry_id part copy_id twin_id
links           internal  id person_id account_id other_id other_person_id version merge_id
links           secret    code_index
links           export    state created_at expires_at decided_at
menus           internal  account_id
menus           export    shown
tries           internal  account_id
tries           export    kind wrong locked_until tried_at
claims          internal  person_id version inbox_id said_key
claims          personal  what place said
claims          unit      unit_id
claims          export    id minutes state created_at
claim_stretches export    claim_id number day starts_at ends_at minutes
verdicts        internal  id
verdicts        personal  reason
verdicts        other     reviewer_id
verdicts        export    claim_id step verdict at
entries         internal  person_id part inbox_id
entries         unit      unit_id
entries         other     recorded_by
entries         export    id source year day starts_at ends_at minutes what place claim_id
entries         export    reverses_id recorded_at
balances        internal  person_id
balances        unit      unit_id
balances        export    year source minutes
reversals       internal  id version
reversals       personal  reason
reversals       other     proposed_by decided_by
reversals       export    entry_id state at decided_at
audit           internal  id account_id object_id writer
audit           words     facts
audit           unit      unit_id
audit           other     actor_id
audit           export    at action verdict object
audit_seal      internal  number audit_id sealed_at
audit_seal      secret    hash
inbox           internal  id key tries next_try_at
inbox           personal  account
inbox           words     payload
inbox           export    channel kind private at received_at state
outbox          internal  id key account_id answer attempts not_before fence owner lease_until
outbox          internal  platform_id inbox_id batch
outbox          words     facts worded
outbox          export    message state reason created_at done_at
dialogs         internal  account_id
dialogs         words     data offers
dialogs         export    step expires_at
run_keys        internal  key at facts
proposals       internal  id object_id version
proposals       words     facts
proposals       unit      unit_id
proposals       other     proposed_by decided_by
proposals       export    action state created_at decided_at
"""


def _read(text: str) -> dict[str, str]:
    rows = (line.split() for line in text.strip().splitlines())
    return {f"{table}.{column}": tag for table, tag, *columns in rows for column in columns}


PRIVACY = _read(_TABLES)
"""Column (`persons.name`) to tag. A new column without one fails the build (QUALITY 2.3)."""

LEAVES = frozenset({"export", "personal", "sealed", "unit", "other"})
"""The tags of what the own data are made of."""

WHO = {
    "roles.appointed_by": "an officer",
    "roles.ended_by": "an officer",
    "consents.recorded_by": "a secretary",
    "registrations.decided_by": "a secretary",
    "verdicts.reviewer_id": "a reviewer",
    "entries.recorded_by": "a reviewer",
    "reversals.proposed_by": "an officer",
    "reversals.decided_by": "an officer",
    "proposals.proposed_by": "an officer",
    "proposals.decided_by": "an officer",
    "audit.actor_id": "somebody who answers for the unit",
    "invites.created_by": "somebody else",
    "groups.bound_by": "somebody else",
}
"""What somebody else is called where their number stands; the subject is `self`."""
