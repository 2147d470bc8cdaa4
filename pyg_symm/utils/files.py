"""Files that are complete or absent, and locks that end with their process."""

import contextlib
import errno
import hashlib
import json
import os
import re
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

try:
    import fcntl
except ImportError:  # Windows.
    fcntl = None  # type: ignore[assignment]

_ROOM = 2**20  # Bytes: with less of them left, the disk counts as full.
_PART = re.compile(r".+\.[0-9a-f]{8}\.part(\.\w+)?")


@contextlib.contextmanager
def whole_file(path: str | os.PathLike, suffix: str = "") -> Iterator[str]:
    r"""Lets a file appear under its name only when it is complete.

    If the process is killed, a file that ends in ``.part`` stays behind;
    :func:`remove_parts` removes it.

    Args:
        path (str or Path): The file to write.
        suffix (str, optional): The ending of the path to write to, for writers that choose a format
            by it. (default: :obj:`""`)

    Yields:
        str: Another path in the same folder, to write to. It replaces ``path`` at the end, or is
        removed if there was an error.

    Raises:
        OSError: If the disk is full; the message names the file.
    """
    # Not by the number of the process, which repeats on a shared disk.
    part = f"{path}.{uuid.uuid4().hex[:8]}.part{suffix}"
    with _names_full_disk(path), open(part, "ab") as file:
        _lock(file, wait=False)  # Tells other processes that somebody is writing.
        try:
            yield part
            os.replace(part, path)
        except RuntimeError as error:  # PyTorch's writer does not say why it has failed.
            if shutil.disk_usage(os.path.dirname(part) or ".").free < _ROOM:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from error
            raise
        finally:
            with contextlib.suppress(FileNotFoundError):
                os.remove(part)


def write_json(path: str | os.PathLike, content: Any) -> None:
    r"""Writes a JSON file, which is complete or absent.

    Args:
        path (str or Path): The file.
        content: What :func:`json.dumps` takes.
    """
    with whole_file(path) as part:
        Path(part).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def remove_parts(folder: str | os.PathLike) -> list[Path]:
    r"""Removes the files below a folder that killed processes left unfinished.

    Files that another process is still writing are kept, as are all files on systems without file
    locks.

    Args:
        folder (str or Path): Where :func:`whole_file` wrote to, or a folder above.

    Returns:
        list: The files that were removed.
    """
    removed = []
    for path in sorted(Path(folder).rglob("*.part*")):
        if _PART.fullmatch(path.name) and not is_locked(path):
            path.unlink(missing_ok=True)
            removed.append(path)
    return removed


@contextlib.contextmanager
def locked(path: str | os.PathLike, wait: bool = True) -> Iterator[None]:
    r"""Waits until no other process holds this lock, and holds it.

    The lock ends with the process, even if that is killed; the empty file stays. Without file locks
    in the system, nothing is locked.

    Args:
        path (str or Path): A file of its own for the lock.
        wait (bool, optional): Whether to wait. (default: :obj:`True`)

    Raises:
        BlockingIOError: If another process holds the lock and :obj:`wait` is :obj:`False`.
    """
    with open(path, "ab") as file:
        if wait or fcntl is None:
            _lock(file, wait=True)
        else:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                if isinstance(error, BlockingIOError):
                    raise
                # Otherwise the file system has no locks.
        yield


def is_locked(path: str | os.PathLike) -> bool:
    """Whether another process holds the lock of a file, or that cannot be known."""
    try:
        with open(path, "rb") as file:
            return not _lock(file, wait=False)
    except OSError:
        return True


def sha256(path: str | os.PathLike) -> str:
    """The SHA-256 of a file in hexadecimal digits."""
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _lock(file: IO[bytes], wait: bool) -> bool:
    if fcntl is None:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:  # Somebody else has it, or the file system has no locks.
        return False
    return True


@contextlib.contextmanager
def _names_full_disk(path: str | os.PathLike) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT) and error.filename is None:
            raise OSError(error.errno, error.strerror, os.fspath(path)) from error
        raise
