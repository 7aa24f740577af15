"""Frozen values of the whole line, standard library only. The words are those of the design, one per idea."""
