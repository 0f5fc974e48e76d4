"""How good are the cases of a ruleset? Small faults are planted in it one at a time; a good case notices."""
