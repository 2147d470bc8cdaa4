"""Files that are whole or not there."""

import contextlib
import errno
import os
import shutil
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

_ROOM = 2**20  # Bytes: with less of them left, a failed write is put down to a full disk.


@contextlib.contextmanager
def whole_file(path: str | os.PathLike, suffix: str = "") -> Iterator[str]:
    r"""Lets a file appear under its name only when it is complete.

    A file that is there is taken for a finished one, also if its writer was killed half-way or is
    still at it in another process.

    Args:
        path (str or Path): The file to write.
        suffix (str, optional): The ending of the path to write to, for writers that choose a format
            by it. (default: :obj:`""`)

    Yields:
        str: Another path in the same folder, to write to. It takes the place of ``path`` at the
        end, or is removed if there was an error.

    Raises:
        OSError: If the disk is full; it names the file.
    """
    # Process numbers repeat on a shared disk.
    part = f"{path}.{uuid.uuid4().hex[:8]}.part{suffix}"
    try:
        yield part
        os.replace(part, path)
    except (OSError, RuntimeError) as error:  # PyTorch's writer raises the latter.
        if _is_full(error, part):
            text = "The disk is full; this file could not be written"
            raise OSError(errno.ENOSPC, text, os.fspath(path)) from error
        raise
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.remove(part)


def remove_parts(folder: str | os.PathLike, age: float = 600.0) -> None:
    r"""Removes what killed writers of :func:`whole_file` have left in a folder.

    Args:
        folder (str or Path): The folder.
        age (float, optional): Leave files that changed within so many seconds, which another
            process may be writing. (default: :obj:`600.0`)
    """
    for file in Path(folder).glob("*.part*"):
        with contextlib.suppress(FileNotFoundError):
            if time.time() - file.stat().st_mtime > age:
                file.unlink()


def _is_full(error: Exception, part: str) -> bool:
    if isinstance(error, OSError):
        return error.errno == errno.ENOSPC
    # Before the part is removed, which would make room again.
    return os.path.exists(part) and shutil.disk_usage(os.path.dirname(part) or ".").free < _ROOM
