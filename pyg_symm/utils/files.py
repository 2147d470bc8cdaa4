"""Files that are whole or not there."""

import contextlib
import os
import uuid
from collections.abc import Iterator


@contextlib.contextmanager
def whole_file(path: str | os.PathLike) -> Iterator[str]:
    r"""Lets a file appear under its name only when it is complete.

    A file that is there is taken for a finished one, also if its writer was killed half-way or is
    still at it in another process.

    Args:
        path (str or Path): The file to write.

    Yields:
        str: Another path in the same folder, to write to. It takes the place of ``path`` at the
        end, or is removed if there was an error.
    """
    part = f"{path}.{uuid.uuid4().hex[:8]}.part"  # Process numbers repeat on a shared disk.
    try:
        yield part
        os.replace(part, path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.remove(part)
