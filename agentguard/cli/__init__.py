"""The command line: one file a command (`main.py` lists them), and the terminal, the only place that prints."""
