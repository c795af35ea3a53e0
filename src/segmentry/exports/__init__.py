"""What other systems take away: a scikit-learn object, tables, and the folder of a run."""
