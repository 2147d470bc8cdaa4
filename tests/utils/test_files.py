from pathlib import Path

import pytest

from pyg_symm.utils import whole_file


def test_whole_file(tmp_path):
    path = tmp_path / "file.txt"
    with whole_file(str(path)) as part:
        Path(part).write_text("new")
        assert Path(part).parent == tmp_path and not path.exists()
    assert path.read_text() == "new"
    with pytest.raises(KeyboardInterrupt), whole_file(str(path)) as part:
        Path(part).write_text("ne")
        raise KeyboardInterrupt
    with pytest.raises(RuntimeError, match="early"), whole_file(str(path)):
        raise RuntimeError("early")
    assert [p.name for p in tmp_path.iterdir()] == ["file.txt"] and path.read_text() == "new"
