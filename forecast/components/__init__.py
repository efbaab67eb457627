"""Sub-models of the relation, one folder each, behind one protocol."""
