"""Several channels: groups, ids that changed, and the message that a claim was read from."""

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
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_groups_account_id")
        ),
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
