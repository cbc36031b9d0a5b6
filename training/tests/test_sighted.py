"""Networks that are told the state know what they are told and no more, look back only, and are judged as the model is; needs PyTorch."""

import argparse
import json
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is only installed where models are trained")

import tiny  # noqa: E402

from flavorformer import latents  # noqa: E402
from flavorformer.commands import bound  # noqa: E402
from flavorformer.report import cues, thresholds  # noqa: E402
from flavorformer.report.cooks import OFF  # noqa: E402
from flavorformer.rivals import sighted  # noqa: E402
from flavorformer.shards import load  # noqa: E402
from flavorformer.stages.dressing import blind  # noqa: E402

EXACT = list(sighted.SIGHTS)[1]
MEDIANS = dict.fromkeys(tiny.DISHES, 50.0)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.features(tmp_path_factory.mktemp("features") / "train", "train", cooks=8)


def test_a_network_knows_what_its_sight_tells_and_nothing_of_the_future(folder: Path) -> None:
    cook = blind(load([folder], "train")[0][0])
    widths = {sight: sighted.told(cook, sight).shape[1] for sight in sighted.SIGHTS}
    assert widths == {sight: sighted.columns(sight) for sight in sighted.SIGHTS}
    assert list(widths.values()) == sorted(set(widths.values()))
    core = sighted.LATENTS.index("food_core_c")
    assert "food_core_c" not in sighted.TRACES and not {"so_far", "timing_error"} & set(sighted.STATE)
    changed = blind(load([folder], "train")[0][0])
    changed.latent[:, core] += 1
    seen = {sight: not torch.equal(sighted.told(cook, sight), sighted.told(changed, sight)) for sight in sighted.SIGHTS}
    assert list(seen.values()) == [False, False, True]

    net = sighted.Sighted(sighted.columns(EXACT)).eval()
    torch.nn.init.normal_(net.leave.weight)
    x = sighted.told(cook, EXACT)[None]
    later = x.clone()
    later[:, 20:] += 1
    for before, after in zip(net(x), net(later), strict=True):
        torch.testing.assert_close(before[:, :20], after[:, :20])
        assert not torch.allclose(before[:, 20:], after[:, 20:])


def test_it_is_told_changes_and_the_vapour_so_far_of_the_cook_and_of_its_phase(folder: Path) -> None:
    cook = blind(load([folder], "train")[0][0])
    wall, boil = (sighted.LATENTS.index(name) for name in ("wall_c", "boil_g_s"))
    cook.phase[:] = (torch.arange(cook.seconds) >= 10).to(cook.phase)
    cook.latent[:] = 0
    cook.latent[:, wall] = 0.01 * torch.arange(cook.seconds)
    # 0.6 g boil off each second, until that stops after 20 s.
    middle, spread = float(latents.MIDDLE[boil]), float(latents.SPREAD[boil])
    cook.latent[:, boil] = (0.6 - middle) / spread
    cook.latent[20:, boil] = -middle / spread
    x = sighted.told(cook, EXACT)
    of = sighted.TRACES.index("wall_c")
    torch.testing.assert_close(x[10:, len(sighted.TRACES) + of], torch.full((cook.seconds - 10,), sighted.FAST * 0.05), atol=2e-3, rtol=0)
    assert not x[0, len(sighted.TRACES) : 2 * len(sighted.TRACES)].any()
    gone = sighted.MUCH_G * sighted.vapour(cook)
    boiled = sighted.VAPOUR.index("boil_g_s")
    torch.testing.assert_close(gone[[4, 19, 25], boiled], torch.tensor([3.0, 12.0, 12.0]), atol=0.05, rtol=0)
    # Its phase's own began with the second that it began in.
    torch.testing.assert_close(gone[[9, 10, 19, 25], 3 + boiled], torch.tensor([5.4, 0.0, 5.4, 5.4]), atol=0.05, rtol=0)


def test_it_learns_a_cue_that_its_sight_shows(folder: Path) -> None:
    cooks = load([folder], "train")[0]
    own = [blind(cook) for cook in cooks]
    # The surface of the food tells that the first cue is due, and nothing else does: neither the time nor the phase.
    surface, rng = sighted.LATENTS.index("food_surface_c"), np.random.default_rng(1)
    for cook in own:
        cook.hazard[:] = False
        cook.hazard[:, 0] = torch.from_numpy(rng.random(cook.seconds) < 0.5)
        cook.latent[:, surface] = cook.hazard[:, 0].half()
        cook.score = 50.0
    losses = {}
    for sight in ("phases alone", EXACT):
        said: list[str] = []
        sighted.train(own, sight, MEDIANS, sighted.Plan(steps=200, seconds=120, most=4), 1, said.append)
        losses[sight] = [float(line.rsplit(" ", 1)[1]) for line in said]
    assert losses[EXACT][-1] < losses[EXACT][0]
    assert min(losses[EXACT]) < 0.5 * min(losses["phases alone"])


def test_a_second_s_words_stand_until_the_next_and_fire_as_the_daemon_s(folder: Path) -> None:
    cook = load([folder], "train")[0][0]
    cook.acted[2] = 24.5
    net = sighted.Sighted(sighted.columns("phases alone"))
    with torch.no_grad():
        net.leave.bias[:5] = 1.0
        net.leave.bias[5:] = torch.tensor([9.0, -9.0, -9.0])
    judged = sighted.judged(net, cook, "phases alone", 50.0)
    assert len(judged.at) == int(cook.rows["hop"][-1]) + 1 and judged.at[-1] == pytest.approx(cook.at[-1])
    np.testing.assert_allclose(judged.quantiles, 60.0)
    # The flame goes off where the chef acted, and what is said then was told before.
    off = judged.flame_off()
    assert off is not None and judged.at[off] > cook.acted[2] >= judged.at[off - 1]
    assert judged.rows["phase"][off].argmax() < OFF == judged.rows["true_phase"][off]
    with torch.no_grad():
        net.leave.weight.normal_()
    at = np.array(cook.rows["hop"])
    words = net(sighted.told(blind(cook), "phases alone")[None])[0][0].detach().numpy()
    said = sighted.judged(net, cook, "phases alone", 50.0).quantiles
    np.testing.assert_allclose(said[at[1:]], 50.0 + words[:-1], rtol=1e-5)
    np.testing.assert_allclose(said[at[:-1] + 1], 50.0 + words[:-1], rtol=1e-5)
    assert thresholds.fires(judged, 0, 0.5)[0] == pytest.approx(0.4) and not len(thresholds.fires(judged, 1, 0.5))


def test_the_command_writes_figures_sight_by_sight_and_keeps_what_is_there(folder: Path, tmp_path: Path) -> None:
    judge = tiny.features(tmp_path / "val", "val", cooks=2)
    parser = argparse.ArgumentParser()
    bound.arguments(parser)

    def ask(sight: str) -> dict:
        torch.set_num_threads(1)
        bound.run(parser.parse_args([str(folder), "--judge", str(judge), "--steps", "2", "--only", sight, "--out", str(tmp_path / "bound.json")]))
        return json.loads((tmp_path / "bound.json").read_text())["bounds"]["of"]

    ask(EXACT)
    of = ask("phases alone")
    assert set(of) == {EXACT, "phases alone"}
    assert of[EXACT]["told"] == list(sighted.TRACES) and of["phases alone"]["told"] == []
    assert of["phases alone"]["cooks"] == 4 and set(of["phases alone"]["f1"]) == set(cues.CUES)
    assert of["phases alone"] == ask("phases alone")["phases alone"]
    refused = {
        "another plan": ["--judge", str(judge), "--steps", "3"],
        "to judge by; give --split": ["--judge", str(judge), "--split", "test"],
        "among those to learn from": ["--judge", str(folder), "--split", "train"],
    }
    for reason, given in refused.items():
        with pytest.raises(SystemExit, match=reason):
            bound.run(parser.parse_args([str(folder), *given, "--out", str(tmp_path / "bound.json")]))
