"""What we remember: tables, queries, inbox, outbox, migrations."""
