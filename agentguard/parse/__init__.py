"""From a Call to the commands, statements and unknowns in it.

`read` never raises for what the text says: what cannot be read is an Unknown beside everything that was found.
Reading is pure but for `Surroundings` (scripts, globs, aliases), and ends within its Budget.
"""

from agentguard.parse.reader import read

__all__ = ["read"]
