"""Several channels: groups, changed ids, linked accounts, and the message behind a claim."""

from typing import Any

import sqlalchemy as sa
from alembic import op

import storage.types

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what is new; nothing that the previous release uses changes."""
    _claims()
    _groups()
    _merges()
    _links()
    _retention()
    _menus()
    _batches()
    _robots()
    _contacts()
    _tries()
    _reads()


def _reads() -> None:
    op.add_column("accounts", sa.Column("reads", sa.String(8), nullable=True))


def _tries() -> None:
    op.add_column("tries", sa.Column("tried_at", storage.types.UtcDateTime(), nullable=True))


def _robots() -> None:
    _table(
        "robots",
        _to("group_id", "groups"),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("secret_index", sa.String(48), nullable=False),
        sa.Column("created_at", storage.types.UtcDateTime(), nullable=False),
        key=("group_id",),
        unique=("secret_index",),
    )


def _contacts() -> None:
    _table(
        "contact_units",
        sa.Column("department", storage.types.Id, autoincrement=False, nullable=False),
        _to("unit_id", "units"),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("parent", storage.types.Id, nullable=False),
        sa.Column("at", storage.types.UtcDateTime(), nullable=False),
        key=("department",),
    )
    op.create_index("ix_contact_units_unit_id", "contact_units", ["unit_id"])
    _table(
        "contact_changes",
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("at", storage.types.UtcDateTime(), nullable=False),
        key=("kind",),
    )
    _table(
        "contact_refusals",
        sa.Column("user_index", sa.String(48), nullable=False),
        sa.Column("at", storage.types.UtcDateTime(), nullable=False),
        key=("user_index",),
    )


def _batches() -> None:
    op.add_column("outbox", sa.Column("batch", sa.String(40), nullable=True))
    op.create_index("ix_outbox_batch", "outbox", ["batch"])


def _menus() -> None:
    _table(
        "menus",
        _to("account_id", "accounts"),
        sa.Column("shown", sa.String(64), nullable=False),
        key=("account_id",),
    )


def _retention() -> None:
    kept = sa.text("done_at IS NOT NULL AND length(facts) > 0")
    op.create_index(
        "ix_outbox_kept", "outbox", ["done_at"], sqlite_where=kept, postgresql_where=kept
    )


def _claims() -> None:
    op.add_column("claims", sa.Column("said_key", sa.String(160), nullable=True))
    op.create_index("ix_claims_said", "claims", ["person_id", "said_key"])


def _groups() -> None:
    op.create_table(
        "groups",
        sa.Column("id", storage.types.Id, autoincrement=True, nullable=False),
        sa.Column("account_id", storage.types.Id, nullable=False),
        sa.Column("unit_id", storage.types.Id, nullable=True),
        sa.Column("title", sa.String(120), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("bound_by", storage.types.Id, nullable=True),
        sa.Column("bound_at", storage.types.UtcDateTime(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", storage.types.UtcDateTime(), nullable=False),
        sa.Column("changed_at", storage.types.UtcDateTime(), nullable=True),
        sa.Column("changed_key", sa.String(160), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_groups_account_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_groups_unit_id")),
        sa.ForeignKeyConstraint(["bound_by"], ["persons.id"], name=op.f("fk_groups_bound_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_groups")),
        sa.UniqueConstraint("account_id", name=op.f("uq_groups_account_id")),
    )
    op.create_index("ix_groups_unit_id", "groups", ["unit_id"])
    op.create_table(
        "former_ids",
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("external", sa.String(128), nullable=False),
        sa.Column("account_id", storage.types.Id, nullable=False),
        sa.Column("at", storage.types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_former_ids_account_id")
        ),
        sa.PrimaryKeyConstraint("channel", "external", name=op.f("pk_former_ids")),
    )
    op.create_index("ix_former_ids_account_id", "former_ids", ["account_id"])


def _merges() -> None:
    _table(
        "merges",
        _row_id(),
        _to("kept_id", "persons"),
        _to("absorbed_id", "persons"),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("was", sa.String(12), nullable=False),
        _to("home_id", "homes", optional=True),
        sa.Column("facts", storage.types.Json(), nullable=False),
        sa.Column("at", storage.types.UtcDateTime(), nullable=False),
        sa.Column("undone_at", storage.types.UtcDateTime(), nullable=True),
    )
    op.create_index("ix_merges_kept_id", "merges", ["kept_id"])
    op.create_index("ix_merges_absorbed_id", "merges", ["absorbed_id"])
    _table(
        "merge_lines",
        _to("merge_id", "merges"),
        _to("entry_id", "entries"),
        sa.Column("part", sa.Integer(), autoincrement=False, nullable=False),
        _to("copy_id", "entries", optional=True),
        _to("twin_id", "entries", optional=True),
        key=("merge_id", "entry_id", "part"),
    )


def _links() -> None:
    op.add_column("accounts", sa.Column("preferred", sa.Boolean(), nullable=True))
    _table(
        "links",
        _row_id(),
        _to("person_id", "persons"),
        _to("account_id", "accounts"),
        sa.Column("code_index", sa.String(48), nullable=True),
        _to("other_id", "accounts", optional=True),
        _to("other_person_id", "persons", optional=True),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", storage.types.UtcDateTime(), nullable=False),
        sa.Column("expires_at", storage.types.UtcDateTime(), nullable=False),
        sa.Column("decided_at", storage.types.UtcDateTime(), nullable=True),
        _to("merge_id", "merges", optional=True),
    )
    for column in ("person_id", "code_index", "other_id"):
        op.create_index(f"ix_links_{column}", "links", [column])


def _row_id() -> sa.Column[int]:
    return sa.Column("id", storage.types.Id, autoincrement=True, nullable=False)


def _to(name: str, target: str, optional: bool = False) -> tuple[sa.Column[int], str]:
    """A column that points to another table, and that table."""
    return sa.Column(name, storage.types.Id, nullable=optional), target


def _table(
    name: str,
    *columns: sa.Column[Any] | tuple[sa.Column[int], str],
    key: tuple[str, ...] = ("id",),
    unique: tuple[str, ...] = (),
) -> None:
    """Create a table with its foreign keys, named as storage.schema names them."""
    plain = [one[0] if isinstance(one, tuple) else one for one in columns]
    pointing = [
        sa.ForeignKeyConstraint(
            [one[0].name], [f"{one[1]}.id"], name=op.f(f"fk_{name}_{one[0].name}")
        )
        for one in columns
        if isinstance(one, tuple)
    ]
    once = [sa.UniqueConstraint(one, name=op.f(f"uq_{name}_{one}")) for one in unique]
    primary = sa.PrimaryKeyConstraint(*key, name=op.f(f"pk_{name}"))
    op.create_table(name, *plain, *pointing, *once, primary)
