"""Documentation: links lead somewhere, and every command composes."""

import re
import shlex
from pathlib import Path

import pytest
from hydra import compose, initialize_config_module
from hydra.core.override_parser.overrides_parser import OverridesParser
from omegaconf import OmegaConf

from pyg_symm.run import train
from pyg_symm.run.compose import plain_overrides

ROOT = Path(__file__).parents[1]
PAGES = sorted(
    [
        *ROOT.glob("*.md"),
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / "benchmarks").glob("*.md"),
        *(ROOT / "data").glob("*.md"),
        *(ROOT / "data" / "models").glob("*/*.md"),
    ]
)
EXAMPLES = ROOT / "docs" / "examples"


def anchors(page: Path) -> list[str]:
    """The anchors of a page's headings, as code hosts make them."""
    headings = re.findall(r"(?m)^#+ (.*)$", page.read_text())
    return [re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings]


def commands() -> list[tuple[str, str]]:
    """The page and text of every ``pyg-symm`` command in a block of shell commands."""
    found = []
    for page in PAGES:
        for block in re.findall(r"(?ms)^ *```bash\n(.*?)^ *```", page.read_text()):
            lines = block.replace("\\\n", " ").splitlines()
            mine = [line.strip() for line in lines if "pyg-symm " in line.partition("#")[0]]
            found += [(str(page.relative_to(ROOT)), line) for line in mine]
    return found


def first_of(override: str) -> str:
    """An override without its sweep: the first value of several."""
    parsed = OverridesParser.create().parse_override(override)
    if not parsed.is_sweep_override():
        return override
    return f"{parsed.get_key_element()}={next(iter(parsed.sweep_string_iterator()))}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links(page):
    text = re.sub(r"(?s)```.*?```|`[^`\n]*`", "", page.read_text())
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if link.startswith("http"):
            continue
        file, _, anchor = link.partition("#")
        target = page.parent / file if file else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


@pytest.mark.parametrize(("page", "line"), commands())
def test_commands_compose(page, line):
    words = shlex.split(line, comments=True)
    words = words[words.index("pyg-symm") + 1 :]
    name, *options = words
    if "=" in name:  # pyg-symm job=NAME
        name, options = name.partition("=")[0], words
    search = ""
    if "--config-dir" in options:
        at = options.index("--config-dir")
        folder = next(EXAMPLES.glob(f"*/{options[at + 1]}"))
        search, options = f"file://{folder}", options[:at] + options[at + 2 :]
    if options == ["--help"]:
        return
    options = [option for option in options if option not in ("--help", "--cfg", "job")]
    # A launcher is a plugin of Hydra that need not be installed.
    options = [o for o in options if o != "-m" and not o.startswith("launcher=")]
    overrides = [first_of(o) for o in plain_overrides(name, options)]
    extra = [f"hydra.searchpath=[{search}]"] if search else []
    with initialize_config_module("pyg_symm.conf", version_base="1.3"):
        cfg = compose(name, overrides=[*overrides, *extra])
    OmegaConf.to_container(cfg, resolve=True)


def test_the_commands_were_found():
    assert len(commands()) > 40


def test_shown_files_are_the_files():
    text = (ROOT / "docs" / "your_own.md").read_text()
    shown = re.findall(r"(?s)```yaml\n(.*?)```", text)
    folder = EXAMPLES / "own_graphs" / "my_configs" / "experiment"
    assert shown == [(folder / "mine.yaml").read_text()]


@pytest.mark.parametrize(
    ("experiment", "metric", "most"),
    [
        ("mine", "test/acc", 1.0),
        ("mine_spen", "test/acc", 1.0),
        ("mine_points", "test/inertia_mae", 20.0),
    ],
)
def test_example_of_own_graphs_trains(experiment, metric, most, tmp_path, monkeypatch):
    folder = EXAMPLES / "own_graphs"
    monkeypatch.syspath_prepend(folder)
    monkeypatch.chdir(tmp_path)
    overrides = [f"experiment={experiment}", "trainer=smoke", "run_dir=run", "progress=false"]
    search = f"hydra.searchpath=[file://{folder / 'my_configs'}]"
    with initialize_config_module("pyg_symm.conf", version_base="1.3"):
        cfg = compose("train", overrides=[*overrides, search])
    assert 0 <= train(cfg)[metric] <= most
    assert (tmp_path / "run" / "metrics.csv").is_file()
