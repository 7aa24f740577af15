"""agentguard stands between a coding agent and its tools.

The line, one pass, left to right:

    Call --parse--> Commands --classify--> Effects --resolve--> Targets --judge--> Verdict
                                                                                     |  hold
                                                        measure -> votes -> receipt -> run
                                                                  (all of it in the audit log)

Read `engine.py` first: `plan()` and `judge()` are the whole of it, and there is no second decision path.

The layers; imports point down only, and a test checks it:

    cli                      commands, install, the terminal
    proxies                  wire proxies
    broker                   the daemon: holds, votes, receipts
    agents                   hook dialects: bytes to Call, Verdict to bytes; pure
    audit  store  measure    siblings, independent of each other
    engine
    policy
    resolve
    classify
    parse
    tools                    what programs and statements do: data
    surroundings
    model                    frozen values, standard library only

`client.py` stands apart: it imports almost nothing and only carries bytes to the broker.

Where a new thing goes, exactly one place each:

    a command line tool      tools/data/<program>.toml
    a vendor's own models    generate/, which makes tools/generated/<program>.toml
    a SQL dialect            tools/data/sql/<dialect>.toml
    an agent                 agents/<agent>.py and its line in AGENTS
    a store                  store/<name>.py
    a kind of target         resolve/<kind>.py and its line in RESOLVERS
    a rule                   one [[rule]] in a policy file
    a command                cli/<command>.py and its line in COMMANDS
"""

__version__ = "0.1.0"
