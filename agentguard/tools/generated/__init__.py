"""Parts of tables made from vendors' own models, by the scripts in `generate/`. Nothing here is edited by hand."""
