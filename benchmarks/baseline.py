"""cfcefd21 and 9ada9179 as one would write them from their pages, with no thought of speed.

Labels are tiled and concatenated, real and fake are judged one after the other, the fake is made
with gradients and detached, every window goes through librosa in a DataLoader, and each loss is
fetched at each step. The numbers of the pages are written out here a second time on purpose: a
test holds that this and `vox` give the same losses and gradients from the same weights and data.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import librosa
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, Dataset

from vox.corpus.windows import Windows
from vox.labels import UNLABELLED

CRITIC_STEPS = 5
STREAMS = 2 * (CRITIC_STEPS + 1)  # A and B of each step
Item = tuple[torch.Tensor, torch.Tensor, torch.Tensor]
"""An image ``(1, time, frequency)``, its input label and its output label."""


class Data(Dataset[Item]):
    """Windows of a corpus as images, each transformed by librosa when it is asked for.

    Parameters
    ----------
    windows
        Says which window stands at which place of which stream, so that the data are those of
        `vox`; it hands out samples that are decoded already, which favours the baseline.
    stream
        A minibatch's stream: 2 a step of an iteration.
    """

    def __init__(self, windows: Windows, stream: int) -> None:
        self.windows, self.stream = windows, stream
        self.sizes = windows.corpus.labels.sizes

    def __len__(self) -> int:
        return 2**31

    def __getitem__(self, position: int) -> Item:
        (place,), start = self.windows.draw(self.stream, position, 1)
        pcm = self.windows.cut(start)[0].numpy()
        magnitude = np.abs(librosa.stft(pcm, n_fft=1024, hop_length=256, window="hamming",
                                        center=False)) / 1024  # fmt: skip
        log = np.log(np.maximum(magnitude[1:257], 1e-3))
        image = (log - np.log(1e-3)) / -np.log(1e-3)
        index = self.windows.index[place].tolist()
        hot = [np.zeros(size, np.float32) for size in self.sizes]
        target = [np.zeros(size, np.float32) for size in self.sizes]
        for one, wanted, i in zip(hot, target, index, strict=True):
            if i == UNLABELLED:
                wanted[:] = -1
            else:
                one[i] = wanted[i] = 1
        flags = np.array([i != UNLABELLED for i in index], np.float32)
        return (
            torch.from_numpy(image.T[None].astype(np.float32)),
            torch.from_numpy(np.concatenate([*hot, flags])),
            torch.from_numpy(np.concatenate(target)),
        )


class ResBlock(nn.Module):
    """conv, BN, ReLU, conv, BN, added to the input."""

    def __init__(self, n: int) -> None:
        super().__init__()
        self.main = nn.Sequential(
            nn.Conv2d(n, n, 3, 1, 1), nn.BatchNorm2d(n, eps=2e-5), nn.ReLU(),
            nn.Conv2d(n, n, 3, 1, 1), nn.BatchNorm2d(n, eps=2e-5),
        )  # fmt: skip

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Add."""
        return x + self.main(x)


def normed(convolution: nn.Module, n: int) -> list[nn.Module]:
    """A convolution with BN and ReLU behind it."""
    return [convolution, nn.BatchNorm2d(n, eps=2e-5), nn.ReLU()]


class Generator(nn.Module):
    """The generator of 9ada9179 and cfcefd21."""

    def __init__(self, labels: int, width: float = 1.0) -> None:
        super().__init__()
        a, b, c, d = (round(n * width) for n in (32, 64, 128, 256))
        self.down = nn.Sequential(
            *normed(nn.Conv2d(1, a, 7, 1, 3), a),
            *normed(nn.Conv2d(a, b, 4, 2, 1), b),
            *normed(nn.Conv2d(b, c, 4, 2, 1), c),
            *normed(nn.Conv2d(c, d, 4, 2, 1), d),
        )
        self.merge = nn.Sequential(*normed(nn.Conv2d(d + labels, d, 3, 1, 1), d))
        self.blocks = nn.Sequential(*(ResBlock(d) for _ in range(6)))
        self.up = nn.Sequential(
            *normed(nn.ConvTranspose2d(d, c, 4, 2, 1), c),
            *normed(nn.ConvTranspose2d(c, b, 4, 2, 1), b),
            *normed(nn.ConvTranspose2d(b, a, 4, 2, 1), a),
            nn.ConvTranspose2d(a, 1, 7, 1, 3),
            nn.Sigmoid(),
        )

    def forward(self, image: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """Convert images ``(batch, 1, time, frequency)`` to labels ``(batch, classes + flags)``."""
        x = self.down(image)
        tiled = labels[:, :, None, None].repeat(1, 1, x.size(2), x.size(3))
        converted: torch.Tensor = self.up(self.blocks(self.merge(torch.cat([x, tiled], dim=1))))
        return converted


class Discriminator(nn.Module):
    """The discriminator of cfcefd21 (`wide`, 64 x 256 images) or 9ada9179 (256 x 256)."""

    def __init__(self, classes: int, wide: bool, width: float = 1.0) -> None:
        super().__init__()
        sizes = [1, *(round(n * width) for n in (32, 64, 128, 256, 512, 1024))]
        layers: list[nn.Module] = []
        for i, (n, m) in enumerate(itertools.pairwise(sizes)):
            last = wide and i > 3
            kernel, stride = ((3, 4), (1, 2)) if last else ((4, 4), (2, 2))
            layers += [nn.Conv2d(n, m, kernel, stride, 1), nn.LeakyReLU(0.2)]
        self.body = nn.Sequential(*layers)
        self.classes = nn.Conv2d(sizes[-1], classes, 4)
        self.adversarial = nn.Conv2d(sizes[-1], 1, 3, 1, 1)

    def forward(self, image: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Return the feature, the logits ``(batch, classes)`` and the adversarial map."""
        feature = self.body(image)
        return feature, self.classes(feature).flatten(1), self.adversarial(feature)


def classification(logits: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Sigmoid cross entropy, the mean over what is not -1."""
    known = target >= 0
    return F.binary_cross_entropy_with_logits(logits[known], target[known])


class Baseline:
    """Networks, optimisers, data, and an iteration of five discriminator steps and one more.

    Parameters
    ----------
    windows
        Where windows come from; their length says which of the two experiments it is.
    batch_size
        Of each minibatch.
    device
        Where it is computed.
    width
        Factor on the hidden channels: tests are narrow.
    """

    def __init__(
        self, windows: Windows, batch_size: int, device: torch.device, width: float = 1.0
    ) -> None:
        labels = windows.corpus.labels
        self.device, self.windows = device, windows
        wide = windows.length == 17152
        self.generator = Generator(labels.input_size, width).to(device)
        self.discriminator = Discriminator(labels.target_size, wide, width).to(device)
        self.optimizers = {
            "generator": torch.optim.RMSprop(self.generator.parameters(), lr=1e-5),
            "discriminator": torch.optim.RMSprop(self.discriminator.parameters(), lr=1e-5),
        }
        workers = 1 if device.type == "cuda" else 0  # a CPU has nothing to spare beside training
        self.loaders: list[Iterator[list[torch.Tensor]]] = [
            iter(DataLoader(Data(windows, stream), batch_size, num_workers=workers))
            for stream in range(STREAMS)
        ]
        self.losses: dict[str, float] = {}

    def batch(self, slot: int) -> list[list[torch.Tensor]]:
        """Return A and B of one step, each as image, input label and output label."""
        pair = self.loaders[2 * slot], self.loaders[2 * slot + 1]
        return [[tensor.to(self.device) for tensor in next(loader)] for loader in pair]

    def critic_step(self, a: list[torch.Tensor], b: list[torch.Tensor], mix: torch.Tensor) -> None:
        """One step of the discriminator."""
        (real, _, real_target), (other, other_labels, _) = a, b
        fake = self.generator(real, other_labels).detach()
        _, logits, real_map = self.discriminator(real)
        _, _, fake_map = self.discriminator(fake)
        wasserstein = fake_map.mean() - real_map.mean()
        share = mix.view(-1, 1, 1, 1)
        mixed = (share * other + (1 - share) * fake).requires_grad_()
        _, _, mixed_map = self.discriminator(mixed)
        (gradient,) = torch.autograd.grad(mixed_map.sum(), mixed, create_graph=True)
        penalty = ((gradient.flatten(1).norm(dim=1) - 1) ** 2).mean()
        classes = classification(logits, real_target)
        self.optimizers["discriminator"].zero_grad()
        (wasserstein + 10 * penalty + classes).backward()
        self.optimizers["discriminator"].step()
        self.losses |= {
            "critic_wasserstein": wasserstein.item(),
            "critic_penalty": penalty.item(),
            "critic_classification": classes.item(),
        }

    def generator_step(self, a: list[torch.Tensor], b: list[torch.Tensor]) -> None:
        """One step of the generator."""
        (real, real_labels, _), (other, other_labels, other_target) = a, b
        fake = self.generator(real, other_labels)
        feature, logits, fake_map = self.discriminator(fake)
        wanted, _, _ = self.discriminator(other)
        adversarial = -fake_map.mean()
        classes = classification(logits, other_target)
        matching = F.mse_loss(feature, wanted.detach())
        reconstruction = F.mse_loss(self.generator(fake, real_labels), real)
        self.optimizers["generator"].zero_grad()
        (adversarial + classes + 10 * matching + 10 * reconstruction).backward()
        self.optimizers["generator"].step()
        self.losses |= {
            "adversarial": adversarial.item(),
            "classification": classes.item(),
            "feature_matching": matching.item(),
            "reconstruction": reconstruction.item(),
        }

    def iterate(self) -> None:
        """Five steps of the discriminator and one of the generator, with data."""
        for slot in range(CRITIC_STEPS):
            a, b = self.batch(slot)
            self.critic_step(a, b, torch.rand(len(a[0])).to(self.device))
        self.generator_step(*self.batch(CRITIC_STEPS))
