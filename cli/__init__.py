"""The door for operators: the heshi command."""
