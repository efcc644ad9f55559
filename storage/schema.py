"""Every table, the same on both databases; migrations build it, a test compares the two.

Long because one list of all tables is easier to hold against the migrations than many.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from storage.types import Id, Json, UtcDateTime

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _key() -> Column[int]:
    return Column("id", Id, primary_key=True, autoincrement=True)


def _to(name: str, target: str, optional: bool = False, index: bool = True) -> Column[int]:
    return Column(name, Id, ForeignKey(f"{target}.id"), nullable=optional, index=index)


def _at(name: str, optional: bool = False) -> Column[datetime]:
    return Column(name, UtcDateTime(), nullable=optional)


# ---------------------------------------------------------------- org: the tree of units

units = Table(
    "units",
    metadata,
    _key(),
    _to("parent_id", "units", optional=True),
    Column("code", String(16), nullable=False, unique=True),
    Column("kind", String(16), nullable=False),  # domain.org.UnitKind
    Column("name", String(80), nullable=False),
    Column("approval", Boolean, nullable=False),  # new people wait for the secretary
    Column("version", Integer, nullable=False),
    _at("created_at"),
    _at("closed_at", optional=True),
    _to("merged_into", "units", optional=True, index=False),
)

# Every ancestor of every unit, itself included: a subtree is one indexed look-up.
unit_tree = Table(
    "unit_tree",
    metadata,
    Column("ancestor_id", Id, ForeignKey("units.id"), primary_key=True),
    Column("unit_id", Id, ForeignKey("units.id"), primary_key=True),
    Column("depth", Integer, nullable=False),  # steps from the ancestor down
    Index("ix_unit_tree_unit", "unit_id", "depth"),
)

# ---------------------------------------------------------------- people

persons = Table(
    "persons",
    metadata,
    _key(),
    Column("name", String(80), nullable=False, index=True),
    Column("alias", String(80), nullable=False),  # 王*明, where the full name must not appear
    _to("home_unit_id", "units", optional=True),
    Column("status", String(12), nullable=False),  # domain.people.Standing
    Column("member_status", String(16), nullable=True),  # domain.member_status.MemberStatus
    Column("member_status_since", Date, nullable=True),
    Column("number_sealed", LargeBinary, nullable=True),
    Column("number_index", String(48), nullable=True, index=True),
    Column("phone_sealed", LargeBinary, nullable=True),
    Column("phone_index", String(48), nullable=True, index=True),
    Column("identity_sealed", LargeBinary, nullable=True),
    Column("identity_index", String(48), nullable=True, index=True),
    Column("birth_sealed", LargeBinary, nullable=True),
    Column("guardian", Boolean, nullable=False),  # a guardian's consent is recorded
    Column("language", String(8), nullable=True),
    Column("version", Integer, nullable=False),
    _at("created_at"),
    _at("claimed_at", optional=True),
)

homes = Table(
    "homes",
    metadata,
    _key(),
    _to("person_id", "persons"),
    _to("unit_id", "units"),
    _at("since"),
    _at("until", optional=True),
)

accounts = Table(
    "accounts",
    metadata,
    _key(),
    Column("channel", String(16), nullable=False),
    Column("external", String(128), nullable=False),  # the platform's own id of it
    _to("person_id", "persons", optional=True),
    Column("language", String(8), nullable=True),
    Column("reachable", Boolean, nullable=False),
    Column("reason", String(64), nullable=True),  # why it is not reachable
    _at("created_at"),
    Column("preferred", Boolean, nullable=True),  # notices go here first; one of a person's at most
    Column("reads", String(8), nullable=True),  # domain.layout.Reads; None: nobody knows
    UniqueConstraint("channel", "external"),
)

roles = Table(
    "roles",
    metadata,
    _key(),
    _to("person_id", "persons"),
    _to("unit_id", "units"),
    Column("role", String(12), nullable=False),  # domain.rights.Role
    _at("since"),
    _at("until", optional=True),
    _to("appointed_by", "persons", optional=True, index=False),
    _to("ended_by", "persons", optional=True, index=False),
    _at("created_at"),
)

invites = Table(
    "invites",
    metadata,
    _key(),
    _to("unit_id", "units"),
    _to("created_by", "persons", index=False),
    _at("created_at"),
    _at("expires_at"),
    Column("uses", Integer, nullable=True),  # None: any number
    Column("used", Integer, nullable=False),
    _at("revoked_at", optional=True),
    Column("version", Integer, nullable=False),
    CheckConstraint("uses IS NULL OR used <= uses", name="uses"),
)

consents = Table(
    "consents",
    metadata,
    _key(),
    _to("account_id", "accounts", optional=True),
    _to("person_id", "persons", optional=True),
    Column("purpose", String(24), nullable=False),
    Column("text_version", String(16), nullable=False),
    _at("given_at"),
    _at("withdrawn_at", optional=True),
    Column("guardian_sealed", LargeBinary, nullable=True),  # who consented for a minor, and how
    _to("recorded_by", "persons", optional=True, index=False),
)

registrations = Table(
    "registrations",
    metadata,
    _key(),
    _to("account_id", "accounts"),
    _to("unit_id", "units"),
    _to("invite_id", "invites", optional=True, index=False),
    _to("person_id", "persons", optional=True),  # the roster line that is claimed
    Column("details_sealed", LargeBinary, nullable=False),  # JSON: what was answered
    Column("state", String(12), nullable=False),  # waiting, approved, refused, withdrawn
    Column("reason", String(200), nullable=True),
    Column("version", Integer, nullable=False),
    _at("created_at"),
    _at("decided_at", optional=True),
    _to("decided_by", "persons", optional=True, index=False),
    Index("ix_registrations_waiting", "unit_id", "state"),
)

# Groups of a platform that we are in; the account is the group's own, without a person.
groups = Table(
    "groups",
    metadata,
    _key(),
    Column("account_id", Id, ForeignKey("accounts.id"), nullable=False, unique=True),
    _to("unit_id", "units", optional=True),
    Column("title", String(120), nullable=False),
    Column("state", String(12), nullable=False),  # unknown, bound, left
    _to("bound_by", "persons", optional=True, index=False),
    _at("bound_at", optional=True),
    Column("version", Integer, nullable=False),
    _at("created_at"),
    _at("changed_at", optional=True),  # the platform's time of the last time in or out
    Column("changed_key", String(160), nullable=True),  # of its event
)

# Groups that hear us through a robot of theirs (a webhook): its key is a secret, and goes with it.
robots = Table(
    "robots",
    metadata,
    Column("group_id", Id, ForeignKey("groups.id"), primary_key=True),
    Column("secret", LargeBinary, nullable=False),
    Column("secret_index", String(48), nullable=False, unique=True),
    _at("created_at"),
)

# Which unit a department of the address book is, as the last sync saw the department.
contact_units = Table(
    "contact_units",
    metadata,
    Column("department", Id, primary_key=True, autoincrement=False),
    _to("unit_id", "units"),
    Column("name", String(120), nullable=False),
    Column("parent", Id, nullable=False),  # a department; 0 for none
    _at("at"),
)

# What the platform said about its address book since the last sync: how often, never about whom.
contact_changes = Table(
    "contact_changes",
    metadata,
    Column("kind", String(32), primary_key=True),
    Column("count", Integer, nullable=False),
    _at("at"),
)

# Who was forgotten and must not come back through the address book: keyed, nobody can be read here.
contact_refusals = Table(
    "contact_refusals",
    metadata,
    Column("user_index", String(48), primary_key=True),
    _at("at"),
)

# Ids that an account had before its platform gave it another: they mean the same for ever.
former_ids = Table(
    "former_ids",
    metadata,
    Column("channel", String(16), primary_key=True),
    Column("external", String(128), primary_key=True),
    _to("account_id", "accounts"),
    _at("at"),
)

# Two registrations of one human made one, and until when that can be undone.
merges = Table(
    "merges",
    metadata,
    _key(),
    _to("kept_id", "persons"),
    _to("absorbed_id", "persons"),
    Column("state", String(12), nullable=False),  # done, undone
    Column("was", String(12), nullable=False),  # persons.status of the absorbed one before
    _to("home_id", "homes", optional=True, index=False),  # the home that ended with it
    Column("facts", Json, nullable=False),  # ids of what moved (services.merging); no personal data
    _at("at"),
    _at("undone_at", optional=True),
)

# What became of each entry of the absorbed person: reversed, and written anew or counted once.
merge_lines = Table(
    "merge_lines",
    metadata,
    Column("merge_id", Id, ForeignKey("merges.id"), primary_key=True),
    Column("entry_id", Id, ForeignKey("entries.id"), primary_key=True),
    Column("part", Integer, primary_key=True, autoincrement=False),  # pieces around what counts
    _to("copy_id", "entries", optional=True, index=False),  # None: it is not counted a second time
    _to("twin_id", "entries", optional=True, index=False),  # what counts instead
)

# From a code (绑定码) to two accounts of one person: proved on both sides, row by row.
links = Table(
    "links",
    metadata,
    _key(),
    _to("person_id", "persons"),  # who made the code
    _to("account_id", "accounts", index=False),  # where it was made
    Column("code_index", String(48), nullable=True, index=True),  # keyed; the code is kept nowhere
    _to("other_id", "accounts", optional=True),  # the account that used it
    _to("other_person_id", "persons", optional=True, index=False),  # whose it was then
    Column("state", String(12), nullable=False),  # domain.linking.State
    Column("version", Integer, nullable=False),
    _at("created_at"),
    _at("expires_at"),  # of the code, then of the question, then of the undo
    _at("decided_at", optional=True),
    _to("merge_id", "merges", optional=True, index=False),
)

# Wrong codes and other tries that lock: five, then fifteen minutes.
tries = Table(
    "tries",
    metadata,
    Column("account_id", Id, ForeignKey("accounts.id"), primary_key=True),
    Column("kind", String(16), primary_key=True),
    Column("wrong", Integer, nullable=False),
    _at("locked_until", optional=True),
    _at("tried_at", optional=True),
)

# ---------------------------------------------------------------- hours

claims = Table(
    "claims",
    metadata,
    _key(),
    _to("person_id", "persons"),
    _to("unit_id", "units"),  # the home unit when it was made: who reviews it
    Column("what", String(200), nullable=False),
    Column("place", String(120), nullable=True),
    Column("said", String(500), nullable=False),  # the sentence it was read from
    Column("minutes", Integer, nullable=False),
    Column("state", String(12), nullable=False),  # waiting, second, effective, refused, withdrawn
    Column("version", Integer, nullable=False),
    _at("created_at"),
    Column("inbox_id", Id, nullable=False),  # the event that made it
    Column("said_key", String(160), nullable=True),  # channel/key of the event of the sentence
    CheckConstraint("minutes >= 1", name="minutes"),
    Index("ix_claims_said", "person_id", "said_key"),
    Index("ix_claims_waiting", "unit_id", "state"),
)

claim_stretches = Table(
    "claim_stretches",
    metadata,
    Column("claim_id", Id, ForeignKey("claims.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("day", Date, nullable=False),  # local day of its start
    _at("starts_at", optional=True),
    _at("ends_at", optional=True),
    Column("minutes", Integer, nullable=False),
    CheckConstraint("minutes BETWEEN 1 AND 1440", name="minutes"),
    CheckConstraint("(starts_at IS NULL) = (ends_at IS NULL)", name="both"),
)

verdicts = Table(
    "verdicts",
    metadata,
    _key(),
    _to("claim_id", "claims"),
    Column("step", Integer, nullable=False),  # 1, or 2 for the second reviewer
    _to("reviewer_id", "persons", index=False),
    Column("verdict", String(12), nullable=False),  # approved, refused
    Column("reason", String(200), nullable=True),
    _at("at"),
    UniqueConstraint("claim_id", "step"),
    UniqueConstraint("claim_id", "reviewer_id"),
)

# The ledger. Never changed: triggers refuse UPDATE and DELETE, overlaps and more than 24 h a day.
entries = Table(
    "entries",
    metadata,
    _key(),
    _to("person_id", "persons", index=False),
    _to("unit_id", "units"),  # the home unit at the time of service
    Column("source", String(12), nullable=False),  # claim; attendance comes with activities
    Column("year", Integer, nullable=False),  # local year of the service
    Column("day", Date, nullable=False),  # local day of the service
    _at("starts_at", optional=True),
    _at("ends_at", optional=True),
    Column("minutes", Integer, nullable=False),  # negative for a reversal only
    Column("what", String(200), nullable=False),
    Column("place", String(120), nullable=True),
    _to("claim_id", "claims", optional=True),
    Column("part", Integer, nullable=False),  # of the claim: stretch times 10, plus 1 per year
    _to("reverses_id", "entries", optional=True, index=False),
    _to("recorded_by", "persons", optional=True, index=False),
    _at("recorded_at"),
    Column("inbox_id", Id, nullable=False),
    UniqueConstraint("reverses_id"),
    UniqueConstraint("claim_id", "part"),
    CheckConstraint("minutes BETWEEN -1440 AND 1440 AND minutes <> 0", name="minutes"),
    CheckConstraint("(minutes < 0) = (reverses_id IS NOT NULL)", name="reversal"),
    CheckConstraint("starts_at IS NULL OR starts_at < ends_at", name="order"),
    Index("ix_entries_person", "person_id", "day"),
)

balances = Table(
    "balances",
    metadata,
    Column("person_id", Id, ForeignKey("persons.id"), primary_key=True),
    Column("year", Integer, primary_key=True),
    Column("unit_id", Id, ForeignKey("units.id"), primary_key=True),
    Column("source", String(12), primary_key=True),
    Column("minutes", Integer, nullable=False),
    CheckConstraint("minutes >= 0", name="minutes"),
    Index("ix_balances_unit", "unit_id", "year"),
)

reversals = Table(
    "reversals",
    metadata,
    _key(),
    _to("entry_id", "entries"),
    _to("proposed_by", "persons", index=False),
    Column("reason", String(200), nullable=False),
    Column("state", String(12), nullable=False),  # waiting, done, refused
    _at("at"),
    _to("decided_by", "persons", optional=True, index=False),
    _at("decided_at", optional=True),
    Column("version", Integer, nullable=False),
)

# ---------------------------------------------------------------- audit

audit = Table(
    "audit",
    metadata,
    _key(),
    _at("at"),
    Column("actor_id", Id, nullable=True),  # the person, if there is one
    Column("account_id", Id, nullable=True),
    Column("action", String(32), nullable=False),
    Column("verdict", String(12), nullable=False),  # done, refused, seen
    Column("unit_id", Id, nullable=True),
    Column("object", String(24), nullable=True),  # a table's name
    Column("object_id", Id, nullable=True),
    Column("facts", Json, nullable=False),  # no personal data
    Column("writer", Id, nullable=False, server_default="0"),  # PostgreSQL: the transaction's id
    Index("ix_audit_object", "object", "object_id"),
    Index("ix_audit_unit", "unit_id"),
    Index("ix_audit_sealing", "writer", "id"),
)

audit_seal = Table(
    "audit_seal",
    metadata,
    Column("number", Id, primary_key=True, autoincrement=False),
    Column("audit_id", Id, ForeignKey("audit.id"), nullable=False, unique=True),
    Column("hash", String(64), nullable=False),
    _at("sealed_at"),
)

# ---------------------------------------------------------------- in, out, dialogs, the clock

inbox = Table(
    "inbox",
    metadata,
    _key(),
    Column("channel", String(16), nullable=False),
    Column("account", String(128), nullable=False),
    Column("key", String(160), nullable=False),
    Column("kind", String(12), nullable=False),
    Column("private", Boolean, nullable=False),
    Column("payload", LargeBinary, nullable=True),  # sealed JSON; purged after some days
    _at("at"),
    _at("received_at"),
    Column("state", String(12), nullable=False),  # pending, done, quarantined
    Column("tries", Integer, nullable=False),
    _at("next_try_at"),
    UniqueConstraint("channel", "key"),
    Index("ix_inbox_pending", "state", "channel", "account", "id"),
)

_kept = text("done_at IS NOT NULL AND length(facts) > 0")
outbox = Table(
    "outbox",
    metadata,
    _key(),
    Column("key", String(160), nullable=False, unique=True),
    _to("account_id", "accounts"),
    Column("message", String(48), nullable=False),  # a name of the catalogue
    Column("facts", LargeBinary, nullable=False),  # sealed JSON of the chat.Say
    Column("answer", Boolean, nullable=False),  # answers somebody who waits: goes first
    Column("state", String(12), nullable=False),  # pending, sending, sent, failed, uncertain
    Column("attempts", Integer, nullable=False),
    _at("not_before"),
    Column("fence", Integer, nullable=False),  # grows with every claim; marks must name it
    Column("owner", String(32), nullable=True),  # the process that is sending it
    _at("lease_until", optional=True),
    Column("worded", LargeBinary, nullable=True),  # sealed; the exact words of the first attempt
    Column("platform_id", String(64), nullable=True),
    Column("batch", String(40), nullable=True, index=True),  # what went out in one call with it
    Column("reason", String(64), nullable=True),
    Column("inbox_id", Id, nullable=True),  # the event that caused it
    _at("created_at"),
    _at("done_at", optional=True),
    Index("ix_outbox_due", "state", "not_before"),
    # what retention has to look at: the rest of a table that only grows is not read again
    Index("ix_outbox_kept", "done_at", sqlite_where=_kept, postgresql_where=_kept),
)

dialogs = Table(
    "dialogs",
    metadata,
    Column("account_id", Id, ForeignKey("accounts.id"), primary_key=True),
    Column("step", String(32), nullable=True),  # None: no dialog is open
    Column("data", LargeBinary, nullable=True),  # sealed JSON
    _at("expires_at", optional=True),
    Column("offers", LargeBinary, nullable=True),  # sealed JSON: the buttons last shown
)

# The menu of commands that a platform shows one account, where it is another than everybody's.
menus = Table(
    "menus",
    metadata,
    Column("account_id", Id, ForeignKey("accounts.id"), primary_key=True),
    Column("shown", String(64), nullable=False),  # which commands in which language, in short
)

run_keys = Table(
    "run_keys",
    metadata,
    Column("key", String(120), primary_key=True),  # made from the schedule: retention/2026-11-22
    _at("at"),
    Column("facts", Text, nullable=True),
)

# What one person proposed and another must confirm: the two-person rules of domain.rights.
proposals = Table(
    "proposals",
    metadata,
    _key(),
    Column("action", String(24), nullable=False),  # appoint, end, handover
    _to("unit_id", "units"),
    Column("object_id", Id, nullable=True),  # the role's id, where one stands already
    Column("facts", LargeBinary, nullable=False),  # sealed JSON: whom, what, from when to when
    _to("proposed_by", "persons"),
    Column("state", String(12), nullable=False),  # waiting, done, refused, withdrawn
    Column("version", Integer, nullable=False),
    _at("created_at"),
    _to("decided_by", "persons", optional=True, index=False),
    _at("decided_at", optional=True),
    Index("ix_proposals_waiting", "unit_id", "state"),
)
