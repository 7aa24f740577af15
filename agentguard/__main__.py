"""`python -m agentguard`: the same as the `agentguard` program."""

from agentguard.cli.main import main

main()
