"""Sound as features that a network works on, and features as sound again."""
