"""What git has unchanged, told from real indexes: written by dulwich, looked at through the real machine."""

from __future__ import annotations

from pathlib import Path

import pytest
from dulwich import porcelain

from agentguard.classify.files import loss_of
from agentguard.model.effect import Undo
from agentguard.surroundings import READ_LIMIT, Machine, Memory, Surroundings

DEVELOPER = b"Dev <dev@example.com>"


def checkout(folder: Path, *names: str) -> Path:
    """A repository whose files are all committed."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(f"text of {name}\n".encode())
    porcelain.init(str(folder))
    porcelain.add(str(folder), [str(folder / name) for name in names])
    porcelain.commit(str(folder), message=b"first", author=DEVELOPER, committer=DEVELOPER)
    return folder


def undo(path: Path, root: Path, *, keeps_git: bool = False) -> Undo:
    surroundings = Surroundings(Machine({"HOME": str(root.parent / "home")}), str(root))
    return loss_of(str(path), surroundings, keeps_git=keeps_git).undo


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return checkout(tmp_path / "shop", "a.txt", "src/b.txt", "src/deep/c.txt")


def test_what_is_committed_and_unchanged_can_be_had_back(shop: Path) -> None:
    assert undo(shop / "a.txt", shop) is Undo.BACKUP
    assert undo(shop / "src", shop) is Undo.BACKUP


def test_what_was_changed_or_never_added_cannot(shop: Path) -> None:
    (shop / "a.txt").write_text("other\n")
    (shop / "src/new.txt").write_text("new\n")
    assert undo(shop / "a.txt", shop) is Undo.NONE
    assert undo(shop / "src", shop) is Undo.NONE
    assert undo(shop / "src/deep", shop) is Undo.BACKUP


def test_line_ends_alone_are_no_change(shop: Path) -> None:
    (shop / "a.txt").write_bytes(b"text of a.txt\r\n")
    assert undo(shop / "a.txt", shop) is Undo.BACKUP


def test_a_repository_that_goes_along_cannot_be_had_back_from_itself(shop: Path) -> None:
    assert undo(shop, shop) is Undo.NONE
    assert undo(shop / ".git", shop) is Undo.NONE
    assert undo(shop, shop, keeps_git=True) is Undo.BACKUP


def test_a_file_of_a_submodule_is_looked_for_in_its_own_index(shop: Path) -> None:
    part = checkout(shop / "part", "p.txt")
    assert undo(part / "p.txt", shop) is Undo.BACKUP
    assert undo(part, shop) is Undo.NONE


def test_the_git_file_of_a_worktree_may_name_its_directory_relatively(shop: Path, tmp_path: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    (work / "a.txt").write_bytes((shop / "a.txt").read_bytes())
    (work / ".git").write_text("gitdir: ../shop/.git\n")
    assert undo(work / "a.txt", work) is Undo.BACKUP


@pytest.mark.parametrize("index", [b"", b"DIRC\0\0\0\2\0\0\xff\xffbroken", b"DIRC\0\0\0\x09\0\0\0\0", b"no index"])
def test_an_index_that_cannot_be_read_has_nothing(shop: Path, index: bytes) -> None:
    (shop / ".git/index").write_bytes(index)
    assert undo(shop / "a.txt", shop) is Undo.NONE


def test_a_file_that_is_too_large_to_look_at_counts_as_changed(tmp_path: Path) -> None:
    shop = checkout(tmp_path / "shop", "big.bin")
    (shop / "big.bin").write_bytes(b"x" * (READ_LIMIT + 1))
    porcelain.add(str(shop), [str(shop / "big.bin")])
    assert undo(shop / "big.bin", shop) is Undo.NONE


def test_a_link_in_the_way_leads_to_what_is_lost() -> None:
    files = {"/home/dev/shop/.git/HEAD": "", "/home/dev/letters/dear.txt": "dear"}
    machine = Memory(files, {"HOME": "/home/dev"}, links={"/home/dev/shop/build": "/home/dev/letters"})
    surroundings = Surroundings(machine, "/home/dev/shop")
    assert loss_of("/home/dev/shop/build/dear.txt", surroundings).undo is Undo.NONE
    assert loss_of("/home/dev/shop/build", surroundings).undo is Undo.TRIVIAL  # the link itself


def test_a_checkout_that_is_reached_by_a_link_is_the_same_checkout(shop: Path, tmp_path: Path) -> None:
    (tmp_path / "linked").symlink_to(shop)
    assert undo(tmp_path / "linked/src/b.txt", tmp_path / "linked") is Undo.BACKUP
