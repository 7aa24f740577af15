"""Scripts that make tables out of what vendors publish. Nothing of the engine imports them."""
