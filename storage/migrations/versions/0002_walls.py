"""The second wall: triggers that refuse what the services already refuse."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

APPEND_ONLY = ("audit", "audit_seal", "entries")

# `minutes > 0` is "not a reversal" (a CHECK says so); asked by `reverses_id IS NULL`, SQLite would
# walk that column's unique index, and with it the whole ledger, for every new entry.
_SQLITE_OVERLAP = """
CREATE TRIGGER entries_overlap BEFORE INSERT ON entries
WHEN NEW.starts_at IS NOT NULL AND NEW.reverses_id IS NULL
BEGIN
  SELECT RAISE(ABORT, 'entries: overlap') WHERE EXISTS (
    SELECT 1 FROM entries e
    WHERE e.person_id = NEW.person_id AND e.minutes > 0
      AND e.starts_at < NEW.ends_at AND NEW.starts_at < e.ends_at
      AND NOT EXISTS (SELECT 1 FROM entries r WHERE r.reverses_id = e.id));
END
"""
_SQLITE_DAY = """
CREATE TRIGGER entries_day BEFORE INSERT ON entries WHEN NEW.reverses_id IS NULL
BEGIN
  SELECT RAISE(ABORT, 'entries: more than 24 hours a day')
  WHERE NEW.minutes + COALESCE((SELECT SUM(minutes) FROM entries
    WHERE person_id = NEW.person_id AND day = NEW.day), 0) > 1440;
END
"""
_SQLITE_REVERSAL = """
CREATE TRIGGER entries_reversal BEFORE INSERT ON entries WHEN NEW.reverses_id IS NOT NULL
BEGIN
  SELECT RAISE(ABORT, 'entries: a reversal cancels exactly') WHERE NOT EXISTS (
    SELECT 1 FROM entries e WHERE e.id = NEW.reverses_id AND e.reverses_id IS NULL
      AND e.person_id = NEW.person_id AND e.unit_id = NEW.unit_id AND e.year = NEW.year
      AND e.day = NEW.day AND e.source = NEW.source AND e.minutes = -NEW.minutes);
END
"""
_POSTGRES_REFUSE = """
CREATE FUNCTION qingtuan_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$
"""
_POSTGRES_ENTRY = """
CREATE FUNCTION qingtuan_entry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM persons WHERE id = NEW.person_id FOR UPDATE;
  IF NEW.reverses_id IS NOT NULL THEN
    IF NOT EXISTS (SELECT 1 FROM entries e WHERE e.id = NEW.reverses_id AND e.reverses_id IS NULL
      AND e.person_id = NEW.person_id AND e.unit_id = NEW.unit_id AND e.year = NEW.year
      AND e.day = NEW.day AND e.source = NEW.source AND e.minutes = -NEW.minutes) THEN
      RAISE EXCEPTION 'entries: a reversal cancels exactly';
    END IF;
    RETURN NEW;
  END IF;
  IF NEW.starts_at IS NOT NULL AND EXISTS (SELECT 1 FROM entries e
    WHERE e.person_id = NEW.person_id AND e.minutes > 0
      AND e.starts_at < NEW.ends_at AND NEW.starts_at < e.ends_at
      AND NOT EXISTS (SELECT 1 FROM entries r WHERE r.reverses_id = e.id)) THEN
    RAISE EXCEPTION 'entries: overlap';
  END IF;
  IF NEW.minutes + COALESCE((SELECT SUM(minutes) FROM entries
    WHERE person_id = NEW.person_id AND day = NEW.day), 0) > 1440 THEN
    RAISE EXCEPTION 'entries: more than 24 hours a day';
  END IF;
  RETURN NEW;
END $$
"""


def upgrade() -> None:
    """Put up the walls."""
    if op.get_bind().dialect.name == "postgresql":
        _postgres()
    else:
        _sqlite()


def _sqlite() -> None:
    for table in APPEND_ONLY:
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
    for wall in (_SQLITE_OVERLAP, _SQLITE_DAY, _SQLITE_REVERSAL):
        op.execute(wall)


def _postgres() -> None:
    op.execute(_POSTGRES_REFUSE)
    op.execute(_POSTGRES_ENTRY)
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION qingtuan_refuse()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION qingtuan_refuse()"
        )
    op.execute(
        "CREATE TRIGGER entries_wall BEFORE INSERT ON entries "
        "FOR EACH ROW EXECUTE FUNCTION qingtuan_entry()"
    )
    op.execute(
        "ALTER TABLE audit ALTER COLUMN writer SET DEFAULT (pg_current_xact_id()::text::bigint)"
    )
