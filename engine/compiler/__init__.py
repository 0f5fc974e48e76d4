"""From checked documents and boxes to a program: what happens once, when rules are loaded."""
