"""The scripting languages that are read by their tokens: how each is spelt, and what its calls do.

A row is `name` or `qualifier.name` and its deed. A name alone holds on anything it is called on; `.name` holds only
behind a dot, and `qualifier.name` only behind that one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from agentguard.parse.code.tokens import Kind, Spelling


class Deed(StrEnum):
    """What a call does with its arguments."""

    SHELL = "hands its first argument to a shell; several of them are a program and its arguments"
    LINE = "hands its first argument to a shell, whatever else it takes"
    SPAWN = "starts the program of its first argument with all others"
    REMOVE = "removes what its arguments name"
    WRITE = "writes its first argument anew"
    WRITE_SECOND = "writes its second argument anew"
    OPEN = "opens its first argument the way the second says"
    OPEN_HANDLE = "opens a file or a program for the handle that comes first"
    MOVE = "puts the first argument in the place of the second"
    COPY = "copies the first argument over the second"
    EVAL = "runs its first argument as code"
    LOAD = "runs the file of its first argument"
    APPLY = "calls the function its first argument names"


@dataclass(frozen=True, slots=True)
class Script:
    """A language: its spelling, its calls, and the language of a file that it loads."""

    spelling: Spelling
    calls: Mapping[str, Deed]
    suffix: str = ""
    queries: frozenset[str] = frozenset()  # calls that take a statement of SQL


def _calls(**rows: str) -> dict[str, Deed]:
    return {name: Deed[deed] for deed, names in rows.items() for name in names.split()}


JAVASCRIPT = Script(
    Spelling(("//",), ("/*", "*/"), ticks=Kind.TEXT, puts_in=r"\$\{\s*(\w+)\s*\}|\$\{[^}]*\}", plain="'\"", rich="",
             name=r"[A-Za-z_$][\w$]*", bare=False, slashes=True),
    _calls(
        LINE="execSync child_process.exec ).exec exec",
        SPAWN="spawnSync spawn execFileSync execFile execa execaSync Deno.Command Deno.run",
        REMOVE="rmSync rmdirSync unlinkSync unlink rmdir fs.rm promises.rm ).rm fsPromises.rm rm rimraf rimrafSync "
        "removeSync emptyDirSync fs.remove fse.remove Deno.remove",
        WRITE="writeFileSync writeFile truncateSync fs.truncate createWriteStream outputFileSync Deno.writeTextFile "
        "Deno.writeTextFileSync Deno.writeFile Deno.writeFileSync Bun.write",
        OPEN="openSync fs.open promises.open",
        MOVE="renameSync fs.rename promises.rename Deno.rename Deno.renameSync",
        COPY="copyFileSync fs.copyFile promises.copyFile fs.cp cpSync Deno.copyFile Deno.copyFileSync",
        EVAL="eval Function runInThisContext runInNewContext",
        LOAD="require import",
    ),
    ".js",
    frozenset({"$executeRawUnsafe", "$queryRawUnsafe", "any", "execute", "none", "query", "raw", "unsafe"}),
)  # fmt: skip
PERL = Script(
    Spelling(("#",), ticks=Kind.CODE, puts_in=r"(?<!\\)([$@]\w+)", name=r"[$@%&]?[A-Za-z_]\w*|[$@]\W", joins=".",
             slashes=True,
             prefixes={"qw": Kind.WORDS, "qq": Kind.TEXT, "q": Kind.TEXT, "qx": Kind.CODE, "qr": Kind.PATTERN,
                       "m": Kind.PATTERN, "s": Kind.CHANGE, "tr": Kind.CHANGE, "y": Kind.CHANGE}),
    _calls(
        SHELL="system exec", REMOVE="unlink rmtree remove_tree rmdir", WRITE="truncate", OPEN_HANDLE="open",
        MOVE="rename move mv", COPY="copy cp", EVAL="eval", LOAD="do require",
    ),
    "",
    frozenset({"execute", "prepare", "selectall_arrayref"}),
)  # fmt: skip
RUBY = Script(
    Spelling(("#",), ("\n=begin", "\n=end"), ticks=Kind.CODE, puts_in=r"#\{\s*(\w+)\s*\}|#\{[^}]*\}",
             name=r"[$@]{0,2}[A-Za-z_]\w*[?!]?",
             prefixes={"%w": Kind.WORDS, "%i": Kind.WORDS, "%x": Kind.CODE, "%q": Kind.TEXT, "%Q": Kind.TEXT,
                       "%r": Kind.PATTERN}, slashes=True),
    _calls(
        SHELL="system exec spawn popen capture2 capture2e capture3 popen2 popen3 pipeline sh",
        REMOVE="rm_rf rm_r rm_f remove_entry remove_entry_secure remove_dir remove_file rmtree FileUtils.rm rm "
        "FileUtils.remove safe_unlink File.delete File.unlink Dir.rmdir Dir.unlink Dir.delete ).unlink ).delete "
        ").rmdir",
        WRITE="File.write IO.write File.binwrite IO.binwrite File.truncate ).write",
        OPEN="File.open File.new open", MOVE="File.rename FileUtils.mv FileUtils.move",
        COPY="FileUtils.cp FileUtils.copy",
        EVAL="eval instance_eval class_eval", LOAD="load require require_relative",
    ),
    ".rb",
    frozenset({"async_exec", "exec", "exec_params", "exec_query", "execute", "query", "run"}),
)  # fmt: skip
PHP = Script(
    Spelling(("//", "#"), ("/*", "*/"), ticks=Kind.CODE, puts_in=r"\{?(\$\w+)\}?", name=r"\$?[A-Za-z_]\w*", joins=".",
             bare=False),
    _calls(
        SHELL="system exec shell_exec passthru popen proc_open", SPAWN="pcntl_exec", REMOVE="unlink rmdir",
        WRITE="file_put_contents", OPEN="fopen", MOVE="rename move_uploaded_file", COPY="copy", EVAL="eval assert",
        APPLY="array_map array_walk call_user_func call_user_func_array",
    ),
    "",
    frozenset({"exec", "execute", "multi_query", "mysqli_query", "pg_query", "query", "real_query"}),
)  # fmt: skip
LUA = Script(
    Spelling(("--",), ("--[[", "]]"), prefixes={"[": Kind.TEXT}, joins=".."),
    _calls(
        SHELL="os.execute io.popen execute popen",
        REMOVE="os.remove lfs.rmdir",
        OPEN="io.open",
        MOVE="os.rename",
        EVAL="load loadstring",
        LOAD="dofile require",
    ),
    ".lua",
)
R = Script(
    Spelling(("#",), plain="'\"", rich="", bare=False),
    _calls(
        SHELL="system shell",
        SPAWN="system2 processx.run",
        REMOVE="unlink file.remove dir_delete file_delete",
        WRITE="sink file.create pdf png",
        WRITE_SECOND="writeLines saveRDS write.csv write_csv write",
        OPEN="file",
        MOVE="file.rename",
        COPY="file.copy",
        EVAL="eval parse",
        LOAD="source",
    ),
)
JULIA = Script(
    Spelling(
        ("#",),
        ("#=", "=#"),
        ticks=Kind.CODE,
        puts_in=r"\$\(?(\w+)\)?",
        joins="*",
        plain="",
        name=r"[A-Za-z_]\w*!?",
        bare=False,
    ),
    _calls(REMOVE="rm", WRITE="write touch", OPEN="open", MOVE="mv", COPY="cp", LOAD="include"),
)
ELIXIR = Script(
    Spelling(
        ("#",), puts_in=r"#\{\s*(\w+)\s*\}|#\{[^}]*\}", plain="", rich="\"'", joins="<>", name=r"[A-Za-z_]\w*[?!]?"
    ),
    _calls(
        SHELL=":os.cmd os.cmd System.shell",
        SPAWN="System.cmd",
        REMOVE="File.rm File.rm! File.rm_rf File.rm_rf! File.rmdir File.rmdir!",
        WRITE="File.write File.write!",
        OPEN="File.open File.open!",
        MOVE="File.rename File.rename!",
        COPY="File.cp File.cp! File.cp_r",
        EVAL="Code.eval_string",
        LOAD="Code.require_file Code.eval_file",
    ),
)
OTHER = Script(  # what many languages call alike, for those that have no row of their own
    Spelling(("#", "//"), ticks=Kind.TEXT, name=r"[A-Za-z_][\w-]*!?"),
    _calls(
        SHELL="system shell shell_command exec execute popen cmd os.cmd callCommand spawnCommand command run_command "
        "command_line stringToProcess Process syscmd esyscmd",
        REMOVE="delete rmtree remove_directory removeDirectoryRecursive removeFile deleteDir unlink remove rmdir",
    ),
)
LISP = Script(
    Spelling((";",), plain="", name=r"[A-Za-z_:][\w:*!?-]*", commas=False),
    _calls(
        SHELL="shell-command shell-command-to-string system uiop:run-program run-program async-shell-command sh",
        SPAWN="call-process start-process system*",
        REMOVE="delete-file delete-directory uiop:delete-directory-tree uiop:delete-file-if-exists",
        WRITE="write-file",
        MOVE="rename-file",
        COPY="copy-file",
        LOAD="load load-file",
    ),
)
VIM = Script(
    Spelling(('\n"',), plain="'\"", rich="", joins="..", bare=False),
    _calls(SHELL="system systemlist termopen jobstart job_start term_start", REMOVE="delete", WRITE_SECOND="writefile",
           MOVE="rename", EVAL="eval"),
)  # fmt: skip
SCRIPTS: Mapping[str, Script] = {
    "elixir": ELIXIR, "javascript": JAVASCRIPT, "julia": JULIA, "lisp": LISP, "lua": LUA, "other": OTHER, "perl": PERL,
    "php": PHP, "r": R, "ruby": RUBY, "vim": VIM,
}  # fmt: skip
