"""Who may do what through which door: every route against the table of rights."""
