"""The whole of `train` on tiny folders of noise; needs PyTorch."""

import argparse
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="PyTorch is only installed where models are trained")

import tiny  # noqa: E402

from flavorformer.commands import train  # noqa: E402


def ask(*given: object) -> None:
    parser = argparse.ArgumentParser()
    train.arguments(parser)
    train.run(parser.parse_args([str(word) for word in given]))


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    root = tmp_path_factory.mktemp("cooks")
    return [tiny.features(root / split, split, cooks=2) for split in ("train", "val")]


def test_it_learns_from_sensed_and_blind_cooks_and_says_of_how_many(
    folders: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny.short(monkeypatch)
    blind = tiny.features(tmp_path / "blind", "train", cooks=4)
    given = (*folders, "--out", tmp_path / "ff.pt", "--encode-steps", 3, "--epochs", 2, "--seconds", 100, "--hops", 40)
    ask(*given, "--blind", blind)
    saved = torch.load(tmp_path / "ff.pt", weights_only=True)
    assert saved["data"] == "4 simulated cooks: 2 of gong-bao, 2 of tomato-egg; beside these, 8 cooks without sensors, of which only the truth was simulated"
    said = capsys.readouterr().out
    assert all(f"stage {name}" in said for name in ("B′", "C′", "D"))
    # Again: what the stages before gave is kept, and what follows is the same.
    (tmp_path / "ff.pt").unlink()
    ask(*given, "--blind", blind)
    said = capsys.readouterr().out
    assert "stage B" not in said and "stage C had ended" in said and "epoch   " not in said
    again = torch.load(tmp_path / "ff.pt", weights_only=True)
    assert all(torch.equal(v, again["model"][name]) for name, v in saved["model"].items())
    # From nothing in another folder: every stage depends on the seed alone.
    ask(*(tmp_path / "other.pt" if word == tmp_path / "ff.pt" else word for word in given), "--blind", blind)
    other = torch.load(tmp_path / "other.pt", weights_only=True)
    assert all(torch.equal(v, other["model"][name]) for name, v in saved["model"].items())
    assert other["minutes"] > 0
    with pytest.raises(SystemExit, match="other options"):
        ask(*given, "--hops", 41, "--blind", blind)
