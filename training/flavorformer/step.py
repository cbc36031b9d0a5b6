"""The streaming step, and the same as a sequence for training.

A hop's tokens are fused into one vector z. Once a second (five hops, by row) the mean of z ticks the
LSTM and becomes a token of the memory; a running mean of z over the whole cook carries what the final
score depends on. The cost of a step does not grow with the cook.
"""

import torch
from torch import Tensor, nn

from .attention import MemoryAttention, ModalityAttention
from .doubanjiang import Doubanjiang
from .encoders import EEG_TAIL, MEL_TAIL, WIDTH, EegEncoder, MeasuredEncoder, MelEncoder, ThermalEncoder
from .heads import Heads
from .wok_temporal import PHASES, WokTemporal

CONTRACT = "flavorformer-step/1"
SLOTS = 64
HOPS_PER_TICK = 5
HOP_SECONDS = 0.2
# z sum, attention sum, hops since the tick; then of the whole cook: z mean sum, statistics sums and maxima, ticks.
STATISTICS = 6
ACC = WIDTH + 4 + 1 + WIDTH + 2 * STATISTICS + 1

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
    "acc": (ACC,),
    "phase": (PHASES,),
}
OUTPUTS = {"score": 5, "aspects": 6, "phase": 6, "hazard": 3, "embedding": 64, "attention": 4}


class Flavorformer(nn.Module):
    """The whole model. Inputs and state as in `INPUTS` and `STATE`, batch first."""

    def __init__(self) -> None:
        super().__init__()
        self.thermal, self.mel = ThermalEncoder(), MelEncoder()
        self.eeg, self.measured = EegEncoder(), MeasuredEncoder()
        self.norm = Doubanjiang(WIDTH)
        self.fuse = ModalityAttention(4)
        self.time = WokTemporal()
        self.place = nn.Linear(2 * PHASES, WIDTH)
        self.lstm = nn.LSTM(WIDTH, WIDTH, batch_first=True)
        self.memory = MemoryAttention()
        self.recipe = nn.Linear(24, 32)
        self.heads = Heads(3 * WIDTH + 32 + 2 * STATISTICS + 2)

    def masked(self, x: dict[str, Tensor]) -> dict[str, Tensor]:
        """Voids what is derived from a masked modality: wall and dose of thermal, toss of audio or thermal."""
        q = x["quality"]
        seen = (q[:, 2:3] > 0).float()
        moved = ((q[:, 1:2] + q[:, 2:3]) > 0).float()
        heat = torch.cat([x["heat"][:, :1] * seen, x["heat"][:, 1:] * moved], -1)
        return {**x, "heat": heat, "dose": x["dose"] * seen, "aux": x["aux"] * x["aux_mask"]}

    def hop(self, x: dict[str, Tensor], eeg_tail: Tensor, mel_tail: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """A hop's fused token z [N, 96], attention over modalities [N, 4], statistics [N, 6]."""
        heat = x["heat"][:, :1]
        q = x["quality"]
        moved = ((q[:, 1:2] + q[:, 2:3]) > 0).float()
        here = torch.cat([(q[:, 2:3] > 0).float(), moved], -1)
        numbers = torch.cat(
            [x["heat"], x["dose"] / 5, here, x["aux"], x["aux_mask"], heat.square() / 4, (heat - 1.5).clamp(min=0)], -1
        )
        tokens = torch.stack(
            [
                self.eeg(torch.cat([eeg_tail, x["eeg_new"]], -1), x["eeg_mask"], heat),
                self.mel(torch.cat([mel_tail, x["mel_new"]], -1), heat),
                self.thermal(x["thermal"], heat),
                self.measured(numbers),
            ],
            1,
        )
        # The measured numbers are there as far as anything they come from is.
        weight = torch.cat([q[:, :3], torch.maximum(moved, q[:, 3:4])], -1)
        z, attention = self.fuse(self.norm(tokens, (weight > 0).float(), x["bypass"]), weight)
        audible = (q[:, 1:2] > 0).float()
        statistics = torch.cat(
            [
                x["heat"],
                x["dose"] / 5,
                x["mel_new"][:, :20].mean((1, 2)).unsqueeze(-1) * audible,
                x["mel_new"][:, 36:].mean((1, 2)).unsqueeze(-1) * audible,
                (x["thermal"][:, 1].mean((1, 2)).unsqueeze(-1) * 10) * here[:, :1],
            ],
            -1,
        )
        return z, attention, statistics

    def says(self, h: Tensor, read: Tensor, mean: Tensor, stats: Tensor, ticks: Tensor, x: dict[str, Tensor]) -> dict[str, Tensor]:
        """The heads on everything: [N, 96] three times, statistics [N, 12], ticks [N, 1]."""
        age = torch.cat([ticks / 600, torch.log1p(ticks) / 7], -1)
        features = torch.cat([h, read, mean, torch.relu(self.recipe(x["recipe"])), stats, age], -1)
        return self.heads(features, x["heat"][:, :1])

    def sequence(self, x: dict[str, Tensor]) -> dict[str, Tensor]:
        """Whole cooks from their start, one hop standing for each second: inputs [B, T, …] → outputs [B, T, …]."""
        b, t = x["quality"].shape[:2]
        flat = {k: v.reshape(b * t, *v.shape[2:]) for k, v in x.items()}
        eeg_tail, mel_tail = flat.pop("eeg_tail"), flat.pop("mel_tail")
        flat = self.masked(flat)
        z, _, statistics = self.hop(flat, eeg_tail, mel_tail)
        rate = self.time.rate(flat["heat"], flat["dose"]).reshape(b, t, PHASES)
        place = self.place(self.time.embed(self.time.wrap(torch.cumsum(rate, 1))))
        z = z.reshape(b, t, WIDTH) + place
        h, _ = self.lstm(z)
        keys, values = (
            torch.cat([v.new_zeros(b, SLOTS - 1, v.shape[-1]), v], 1).unfold(1, SLOTS, 1).transpose(2, 3).reshape(b * t, SLOTS, -1)
            for v in (self.memory.key(z), self.memory.value(z))
        )
        ticks = torch.arange(1, t + 1, dtype=torch.float32).reshape(1, t, 1)
        fill = ticks.clamp(max=SLOTS).expand(b, t, 1).reshape(b * t, 1)
        read, _ = self.memory.over(h.reshape(b * t, WIDTH), keys, values, fill, flat["heat"][:, 1:])
        mean = torch.cumsum(z, 1) / ticks
        statistics = statistics.reshape(b, t, STATISTICS)
        stats = torch.cat([torch.cumsum(statistics, 1) / ticks, torch.cummax(statistics, 1).values], -1)
        out = self.says(
            h.reshape(b * t, WIDTH),
            read,
            mean.reshape(b * t, WIDTH),
            stats.reshape(b * t, -1),
            ticks.expand(b, t, 1).reshape(b * t, 1),
            flat,
        )
        return {k: v.reshape(b, t, -1) for k, v in out.items()}

    def forward(self, x: dict[str, Tensor], s: dict[str, Tensor]) -> tuple[Tensor, ...]:
        """One step: the tensors of `INPUTS` and of `STATE` → those of `OUTPUTS`, then the next state."""
        keep = 1 - x["reset"]
        s = {k: v * keep.to(v.dtype).reshape(-1, *([1] * (v.dim() - 1))) for k, v in s.items()}
        x = self.masked(x)
        z, attention, statistics = self.hop(x, s["eeg_tail"], s["mel_tail"])

        hops = x["hops"].clamp(1, 300)
        rate = self.time.rate(x["heat"], x["dose"])
        phase = self.time.wrap(s["phase"] + rate * (hops * HOP_SECONDS).double())
        z = z + self.place(self.time.embed(phase))

        parts = torch.split(s["acc"], [WIDTH, 4, 1, WIDTH, STATISTICS, STATISTICS, 1], -1)
        z_sum, a_sum, pending, mean_sum, stat_sum, stat_max, ticks = parts
        z_sum, a_sum, pending = z_sum + z * hops, a_sum + attention * hops, pending + hops
        tick = pending >= HOPS_PER_TICK
        gate = tick.float()
        z_mean, a_mean = z_sum / pending, a_sum / pending

        gates = z_mean @ self.lstm.weight_ih_l0.T + self.lstm.bias_ih_l0 + s["h"] @ self.lstm.weight_hh_l0.T + self.lstm.bias_hh_l0
        i, f, g, o = torch.split(gates, WIDTH, -1)
        c = torch.sigmoid(f) * s["c"] + torch.sigmoid(i) * torch.tanh(g)
        h = torch.sigmoid(o) * torch.tanh(c)
        h, c = torch.where(tick, h, s["h"]), torch.where(tick, c, s["c"])
        shifted = torch.cat([s["mem"][:, 1:], z_mean.unsqueeze(1)], 1)
        mem = torch.where(tick.unsqueeze(-1), shifted, s["mem"])
        fill = (s["fill"] + gate).clamp(max=SLOTS)

        # Statistics count by hops, so that the mean does not depend on where a second is cut.
        elapsed = ticks + hops / HOPS_PER_TICK
        stat_sum = stat_sum + statistics * hops / HOPS_PER_TICK
        stat_max = torch.where(ticks > 0, torch.maximum(stat_max, statistics), statistics)
        mean_sum = mean_sum + z * hops / HOPS_PER_TICK
        read, look = self.memory(h, mem, fill, x["heat"][:, 1:])
        stats = torch.cat([stat_sum / elapsed, stat_max], -1)
        out = self.says(h, read, mean_sum / elapsed, stats, elapsed, x)

        # Of what is heard, seen and felt now, and of the memory: a share each, summing to 1.
        now = attention[:, :3] + attention[:, 3:] / 3
        some = now.sum(-1, keepdim=True)
        now = torch.where(some > 0, now / some.clamp(min=1e-9), torch.full_like(now, 1 / 3))
        out["attention"] = torch.cat([now * (1 - look), look], -1)

        left = 1 - gate
        acc = torch.cat(
            [z_sum * left, a_mean * pending * left, pending * left, mean_sum, stat_sum, stat_max, elapsed], -1
        )
        eeg_tail = torch.cat([s["eeg_tail"], x["eeg_new"]], -1)[:, :, -EEG_TAIL:]
        mel_tail = torch.cat([s["mel_tail"], x["mel_new"]], -1)[:, :, -MEL_TAIL:]
        return (*(out[name] for name in OUTPUTS), eeg_tail, mel_tail, h, c, mem, fill, acc, phase)

    @staticmethod
    def blank(batch: int) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """Zeros for every input and state."""
        inputs = {k: torch.zeros(batch, *shape) for k, shape in INPUTS.items()}
        types = {"phase": torch.float64}
        state = {k: torch.zeros(batch, *shape, dtype=types.get(k, torch.float32)) for k, shape in STATE.items()}
        return inputs, state
