"""The grammar of plain words, shown by examples and by properties."""
