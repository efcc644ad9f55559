"""What we say: words and buttons in, a reply out."""
