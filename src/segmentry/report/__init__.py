"""What people take away: first a plain dict, then one self-contained page made from it."""
