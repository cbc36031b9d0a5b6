"""The streaming step, and the same as a sequence for training.

A hop's tokens, one a modality, are fused into one vector z. Once a second (five hops, by row) the mean of z ticks the
LSTM and becomes a token of the memory; in between, the heads are told what a second that ends now would tick. Running
means and maxima over the whole cook carry what the final score depends on. The cost of a step does not grow with the cook.
"""

import torch
from torch import Tensor, nn

from .layers import WIDTH
from .layers.doses import DOSES, Doses
from .layers.doubanjiang import Doubanjiang
from .layers.eeg import EegEncoder
from .layers.heads import Heads
from .layers.measured import MeasuredEncoder
from .layers.mel import MelEncoder
from .layers.memory_attention import MemoryAttention
from .layers.modality_attention import ModalityAttention
from .layers.thermal import ThermalEncoder
from .layers.wok_temporal import PHASES, WokTemporal
from .shards import EEG_TAIL, HOP_SECONDS, MEL_TAIL
from .statistics import COUNT as STATISTICS
from .statistics import RELATIVE, statistics

CONTRACT = "flavorformer-step/2"
SLOTS = 64
HOPS_PER_TICK = 5
# z sum, hops since the tick; then of the whole cook: z mean sum, statistics sums and maxima, ticks, doses.
PARTS = (WIDTH, 1, WIDTH, STATISTICS, STATISTICS, 1, DOSES)
RECIPE = 32
# Where the auxiliary readings and their mask stand among the measured numbers of `fused`.
AUX = slice(5, 21)

INPUTS = {
    "eeg_new": (8, 50),
    "eeg_mask": (8,),
    "mel_new": (64, 20),
    "thermal": (3, 24, 32),
    "quality": (4,),
    "heat": (2,),
    "dose": (1,),
    "recipe": (24,),
    "aux": (8,),
    "aux_mask": (8,),
    "bypass": (1,),
    "hops": (1,),
    "reset": (1,),
}
STATE = {
    "eeg_tail": (8, EEG_TAIL),
    "mel_tail": (64, MEL_TAIL),
    "h": (WIDTH,),
    "c": (WIDTH,),
    "mem": (SLOTS, WIDTH),
    "fill": (1,),
    "acc": (sum(PARTS),),
    "phase": (PHASES,),
}
OUTPUTS = {"score": 5, "aspects": 6, "phase": 6, "hazard": 3, "embedding": 64, "attention": 4}


def seen_and_moved(quality: Tensor) -> Tensor:
    """Whether there is a picture, and whether anything shows movement: qualities [..., 4] → 0 or 1, [..., 2]."""
    there = (quality > 0).float()
    return torch.cat([there[..., 2:3], torch.maximum(there[..., 1:2], there[..., 2:3])], -1)


def masked(x: dict[str, Tensor]) -> dict[str, Tensor]:
    """Voids what is derived from a masked modality: wall and dose of thermal, toss of audio or thermal.

    A toss rate that sound gave outlives sound where there is still a picture: which of the two it came from is no input. In the
    daemon, and so in rehearsals without a sensor, it is made anew from what there is.
    """
    here = seen_and_moved(x["quality"])
    return {**x, "heat": x["heat"] * here, "dose": x["dose"] * here[..., :1], "aux": x["aux"] * x["aux_mask"]}


def shares(attention: Tensor, look: Tensor, quality: Tensor) -> Tensor:
    """Of what is felt, heard and seen now, and of the memory: attention [N, 4] over tokens, look [N, 1], quality [N, 4] → [N, 4], summing to 1.

    The weight of the measured numbers goes to sound and picture, which they come from, as far as those are there.
    """
    there = (quality > 0).float()[:, :3] * attention.new_tensor([0.0, 1.0, 1.0])
    now = attention[:, :3] + attention[:, 3:] * there / there.sum(-1, keepdim=True).clamp(min=1)
    some = now.sum(-1, keepdim=True)
    now = torch.where(some > 0, now / some.clamp(min=1e-9), 1 / 3)
    return torch.cat([now * (1 - look), look], -1)


@torch.no_grad()
def chrono(lstm: nn.LSTM, longest: float = 2000.0) -> nn.LSTM:
    """Starts the gates so that the cells remember for 1 to `longest` ticks: b_f = ln U(1, longest − 1), b_i = −b_f (Tallec & Ollivier 2018)."""
    width = lstm.hidden_size
    keep = torch.log(torch.empty(width).uniform_(1, longest - 1))
    lstm.bias_hh_l0.zero_()
    lstm.bias_ih_l0.zero_()
    lstm.bias_ih_l0[:width] = -keep
    lstm.bias_ih_l0[width : 2 * width] = keep
    return lstm


class Flavorformer(nn.Module):
    """The whole model. Inputs and state as in `INPUTS` and `STATE`, batch first."""

    def __init__(self) -> None:
        super().__init__()
        self.thermal, self.mel, self.eeg = ThermalEncoder(), MelEncoder(), EegEncoder()
        self.measured = MeasuredEncoder(23 + STATISTICS + RELATIVE.stop - RELATIVE.start)
        # Aroma (gas), chewing and shaking (IMU) and the probe have their place, but no cook that it learns from has such a sensor:
        # weights that nothing teaches would turn their readings into noise.
        with torch.no_grad():
            for layer in (self.measured.hidden, self.measured.plain):
                layer.weight[:, AUX] = 0
        self.norm = Doubanjiang(WIDTH)
        self.fuse = ModalityAttention(4)
        self.time = WokTemporal()
        self.place = nn.Linear(2 * PHASES, WIDTH)
        self.lstm = chrono(nn.LSTM(WIDTH, WIDTH, batch_first=True))
        self.memory = MemoryAttention()
        self.doses = Doses(2 * WIDTH)
        self.recipe = nn.Linear(24, RECIPE)
        self.heads = Heads(4 * WIDTH + RECIPE + 2 * STATISTICS + DOSES + 2, RECIPE)

    def sensed(self, x: dict[str, Tensor], eeg: Tensor, mel: Tensor) -> Tensor:
        """The tokens of the three sensors [N, 3, 96] from a hop with its context: eeg [N, 8, 64], mel [N, 64, 24]."""
        heat = x["heat"][:, :1]
        tokens = [self.eeg(eeg, x["eeg_mask"], heat), self.mel(mel, heat), self.thermal(x["thermal"], heat)]
        return torch.cat(tokens, 1).unflatten(1, (3, WIDTH))

    def fused(self, x: dict[str, Tensor], sensed: Tensor, now: Tensor, mean: Tensor) -> tuple[Tensor, Tensor]:
        """A hop's vector z [N, 96] and the attention over modalities [N, 4]; its statistics and their mean so far [N, STATISTICS]."""
        q, heat = x["quality"], x["heat"][:, :1]
        here = seen_and_moved(q)
        plain = [x["heat"], x["dose"] / 5, here, x["aux"], x["aux_mask"], heat.square() / 4, (heat - 1.5).clamp(min=0), now]
        plain.append((now - mean)[:, RELATIVE])
        tokens = torch.cat([sensed, self.measured(torch.cat(plain, -1)).unsqueeze(1)], 1)
        # The measured numbers are there as far as anything they come from is.
        weight = torch.cat([q[:, :3], torch.maximum(here[:, 1:], q[:, 3:4])], -1)
        return self.fuse(self.norm(tokens, (weight > 0).float(), x["bypass"]), weight)

    def given(self, vectors: list[Tensor], stats: list[Tensor], ticks: Tensor, x: dict[str, Tensor]) -> tuple[Tensor, Tensor, Tensor]:
        """What the heads are given: features [N, D], recipe [N, RECIPE], heat [N, 1].

        Of four vectors [N, 96], statistics and doses [N, 2·STATISTICS + DOSES] in parts, ticks [N, 1].
        """
        recipe = torch.relu(self.recipe(x["recipe"]))
        return torch.cat([*vectors, recipe, *stats, ticks / 600, torch.log1p(ticks) / 7], -1), recipe, x["heat"][:, :1]

    def sequence(self, x: dict[str, Tensor], at: Tensor | None = None) -> dict[str, Tensor]:
        """Whole cooks from their start, one hop standing for each second: inputs [B, T, …] → outputs [B, T, …].

        The sensors' tokens come as `sensed` [B, T, 3, 96] and the hop's statistics as `statistics` [B, T, STATISTICS]. With the
        seconds `at` [K] the heads speak at those only, [B, K, …]: all but `z` and `attention`.
        """
        given, out = self.followed(x, at)
        return out | {k: v.reshape(len(out["z"]), -1, v.shape[-1]) for k, v in self.heads(*given).items()}

    def followed(self, x: dict[str, Tensor], at: Tensor | None = None) -> tuple[tuple[Tensor, ...], dict[str, Tensor]]:
        """What the heads are given in a `sequence`, cook after cook, [B·K, …]; and its `z` [B, T, 96] and `attention` [B, T, 4], of all seconds."""
        b, t = x["quality"].shape[:2]
        now = x["statistics"]
        ticks = torch.arange(1, t + 1, dtype=now.dtype, device=now.device).reshape(1, t, 1)
        mean = torch.cumsum(now, 1) / ticks
        stats = torch.cat([mean, torch.cummax(now, 1).values], -1)

        def rows(v: Tensor) -> Tensor:
            return v.reshape(-1, *v.shape[2:])

        flat = {k: rows(v) for k, v in x.items()}
        z, attention = self.fused(flat, flat["sensed"], rows(now), rows(mean))
        rate = self.time.rate(flat["heat"], flat["dose"]).reshape(b, t, PHASES)
        place = self.place(self.time.embed(self.time.wrap(torch.cumsum(rate, 1))))
        z = z.reshape(b, t, WIDTH) + place
        h, _ = self.lstm(z)
        read, look = self.memory.sequence(h, z, x["heat"][..., 1:], SLOTS)
        whole = torch.cumsum(z, 1) / ticks
        taken = torch.cat([stats, self.doses.seen(torch.cumsum(self.doses.rate(torch.cat([h, z], -1)), 1))], -1)

        def told(v: Tensor) -> Tensor:
            return rows(v if at is None else v[:, at])

        recipe = {key: told(x[key]) for key in ("recipe", "heat")}
        given = self.given([told(v) for v in (h, read, whole, z)], [told(taken)], told(ticks.expand(b, t, 1)), recipe)
        return given, {"attention": shares(attention, rows(look), flat["quality"]).reshape(b, t, -1), "z": z}

    def forward(self, x: dict[str, Tensor], s: dict[str, Tensor]) -> tuple[Tensor, ...]:
        """One step: the tensors of `INPUTS` and of `STATE` → those of `OUTPUTS`, then the next state."""
        keep = 1 - x["reset"]
        s = {k: v * keep.to(v.dtype).reshape(-1, *([1] * (v.dim() - 1))) for k, v in s.items()}
        x = masked(x)
        eeg = torch.cat([s["eeg_tail"], x["eeg_new"]], -1)
        mel = torch.cat([s["mel_tail"], x["mel_new"]], -1)
        hops = x["hops"].clamp(1, 300)
        z_sum, pending, mean_sum, stat_sum, stat_max, ticks, doses = torch.split(s["acc"], PARTS, -1)

        # Statistics count by hops, so that the mean does not depend on where a second is cut.
        elapsed = ticks + hops / HOPS_PER_TICK
        now = statistics(x, mel)
        stat_sum = stat_sum + now * (hops / HOPS_PER_TICK)
        mean = stat_sum / elapsed
        z, attention = self.fused(x, self.sensed(x, eeg, mel), now, mean)
        phase = self.time.wrap(s["phase"] + self.time.rate(x["heat"], x["dose"]) * (hops * HOP_SECONDS).double())
        z = z + self.place(self.time.embed(phase))

        # A maximum grows with the number of looks: one a second, as in training.
        tick = pending + hops >= HOPS_PER_TICK
        stat_max = torch.where(ticks == 0, now, torch.where(tick, torch.maximum(stat_max, now), stat_max))

        z_sum, pending = z_sum + z * hops, pending + hops
        gate = tick.float()
        # A second that ends now, as training has it; a single hop is noisier. What of it lies before the last tick counts as that tick's mean.
        before = (HOPS_PER_TICK - pending).clamp(min=0) * (s["fill"] > 0).float()
        recent = (z_sum + s["mem"][:, -1] * before) / (pending + before)
        weight, bias = torch.cat([self.lstm.weight_ih_l0, self.lstm.weight_hh_l0], 1), self.lstm.bias_ih_l0 + self.lstm.bias_hh_l0
        gates = nn.functional.linear(torch.cat([recent, s["h"]], -1), weight, bias)
        i, f, g, o = torch.split(gates, WIDTH, -1)
        c = torch.sigmoid(f) * s["c"] + torch.sigmoid(i) * torch.tanh(g)
        h = torch.sigmoid(o) * torch.tanh(c)
        kept_h, c = torch.where(tick, h, s["h"]), torch.where(tick, c, s["c"])
        shifted = torch.cat([s["mem"][:, 1:], recent.unsqueeze(1)], 1)
        mem = torch.where(tick.unsqueeze(-1), shifted, s["mem"])
        fill = (s["fill"] + gate).clamp(max=SLOTS)

        doses = doses + self.doses.rate(torch.cat([h, recent], -1)) * (gate * pending / HOPS_PER_TICK)
        mean_sum = mean_sum + z * (hops / HOPS_PER_TICK)
        read, look = self.memory(h, mem, fill, x["heat"][:, 1:])
        # What changes at once, as a flame does, is heard at once by half; the noise of a single hop, too, by no more.
        given = self.given([h, read, mean_sum / elapsed, (z + recent) / 2], [mean, stat_max, self.doses.seen(doses)], elapsed, x)
        out = self.heads(*given)
        out["attention"] = shares(attention, look, x["quality"])

        left = 1 - gate
        acc = torch.cat([z_sum * left, pending * left, mean_sum, stat_sum, stat_max, elapsed, doses], -1)
        return (*(out[name] for name in OUTPUTS), eeg[:, :, -EEG_TAIL:], mel[:, :, -MEL_TAIL:], kept_h, c, mem, fill, acc, phase)

    @staticmethod
    def blank(batch: int) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """Zeros for every input and state."""
        inputs = {k: torch.zeros(batch, *shape) for k, shape in INPUTS.items()}
        types = {"phase": torch.float64}
        state = {k: torch.zeros(batch, *shape, dtype=types.get(k, torch.float32)) for k, shape in STATE.items()}
        return inputs, state
