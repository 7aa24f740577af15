"""What is lost when a path goes: rows over one machine, and a real git checkout."""

import os
import subprocess
from pathlib import Path

import pytest

from agentguard.classify.files import loss_of
from agentguard.model.command import UNKNOWN_PART
from agentguard.model.effect import Undo
from agentguard.surroundings import Machine, Memory, Surroundings

HOME, SHOP = "/home/dev", "/home/dev/shop"
FILES = {
    f"{SHOP}/.git/HEAD": "ref: refs/heads/main",
    f"{SHOP}/src/app.py": "x",
    f"{SHOP}/dist/app.js": "x",
    f"{SHOP}/notes.txt": "x",
    f"{HOME}/letters/a.txt": "x",
    f"{HOME}/other/dist/a.js": "x",
    "/tmp/scratch/a": "x",
    "/srv/data/db": "x",
}
ROWS = [
    (f"{SHOP}/notes.txt", "file", Undo.NONE),
    (f"{SHOP}/src", "directory", Undo.NONE),
    (f"{SHOP}/dist", "directory", Undo.TRIVIAL),
    (f"{SHOP}/web/node_modules", "directory", Undo.TRIVIAL),
    (f"{SHOP}/absent", "file", Undo.TRIVIAL),
    (f"{SHOP}/{UNKNOWN_PART}", "file", Undo.NONE),
    (f"./{UNKNOWN_PART}/__pycache__", "directory", Undo.TRIVIAL),
    (f"{HOME}/letters", "directory", Undo.NONE),
    (f"{HOME}/other/dist", "directory", Undo.NONE),
    (f"{HOME}/other/node_modules", "directory", Undo.TRIVIAL),
    (HOME, "home", Undo.NONE),
    ("/home", "root", Undo.NONE),
    ("/", "root", Undo.NONE),
    ("/srv/data", "directory", Undo.NONE),
    ("/tmp", "directory", Undo.NONE),
    ("/tmp/scratch", "file", Undo.TRIVIAL),
    ("/tmp/*", "file", Undo.TRIVIAL),  # a glob that matched nothing here names nothing
    (f"/tmp/{UNKNOWN_PART}", "file", Undo.NONE),
    ("/dev/sda", "disk", Undo.NONE),
    ("/dev/nvme0n1p2", "disk", Undo.NONE),
]


@pytest.mark.parametrize(("path", "kind", "undo"), ROWS, ids=[row[0] for row in ROWS])
def test_the_loss_of_a_path(path: str, kind: str, undo: Undo) -> None:
    surroundings = Surroundings(Memory(FILES, {"HOME": HOME}), SHOP)
    loss = loss_of(path, surroundings)
    assert (loss.kind, loss.undo) == (kind, undo)


@pytest.mark.parametrize("path", ["/", "/dev/sda", HOME, "/home"])
def test_the_home_the_root_and_a_disk_are_the_whole_of_something(path: str) -> None:
    assert loss_of(path, Surroundings(Memory(FILES, {"HOME": HOME}), SHOP)).whole


def test_a_checkout_below_the_temporary_directory_is_no_scratch() -> None:
    files = {"/tmp/shop/.git/HEAD": "x", "/tmp/shop/a.txt": "x"}
    surroundings = Surroundings(Memory(files, {"HOME": HOME}), "/tmp/shop")
    assert loss_of("/tmp/shop/a.txt", surroundings).undo is Undo.NONE
    assert loss_of("/tmp/shop", surroundings).undo is Undo.NONE


def test_nothing_is_known_of_another_host() -> None:
    elsewhere = Surroundings(Memory(FILES, {"HOME": HOME}), SHOP).elsewhere()
    assert loss_of("/srv/absent", elsewhere, here=False).undo is Undo.NONE
    assert loss_of("~", elsewhere, here=False).kind == "home"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    environ = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "GIT_CONFIG_NOSYSTEM": "1"}
    for name in ("clean.txt", "dirty.txt", "pkg/a.py", "pkg/b.py"):
        (tmp_path / "shop" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "shop" / name).write_text(name)
    for command in (["init", "-q"], ["add", "."]):
        subprocess.run(["git", "-C", str(tmp_path / "shop"), *command], check=True, env=environ)
    (tmp_path / "shop/dirty.txt").write_text("changed")
    (tmp_path / "shop/untracked.txt").write_text("new")
    return tmp_path / "shop"


@pytest.mark.parametrize(
    ("name", "undo"),
    [
        ("clean.txt", Undo.BACKUP),
        ("dirty.txt", Undo.NONE),
        ("untracked.txt", Undo.NONE),
        ("pkg", Undo.BACKUP),
        ("", Undo.NONE),
    ],
)
def test_git_gives_back_what_it_has_unchanged(checkout: Path, name: str, undo: Undo) -> None:
    surroundings = Surroundings(Machine({"HOME": "/nonexistent"}), str(checkout))
    assert loss_of(str(checkout / name), surroundings).undo is undo


def test_a_new_file_beside_tracked_ones_makes_the_directory_a_loss(checkout: Path) -> None:
    (checkout / "pkg/new.py").write_text("work of today")
    surroundings = Surroundings(Machine({"HOME": "/nonexistent"}), str(checkout))
    assert loss_of(str(checkout / "pkg"), surroundings).undo is Undo.NONE
