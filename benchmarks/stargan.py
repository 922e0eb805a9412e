"""The peer: StarGAN (arXiv 1711.09020) with the sizes and the step of its official code.

Written from its description: labels join at the input as planes beside the image, instance
normalisation, 64 filters at the widest resolution, six residual blocks, six discriminator layers
up to 2048, Adam, five discriminator steps to one of the generator.
"""

from __future__ import annotations

import itertools

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader

from benchmarks.baseline import CRITIC_STEPS, STREAMS, Data
from vox.corpus.windows import Windows


def normed(convolution: nn.Module, n: int) -> list[nn.Module]:
    """A convolution with instance normalisation and ReLU behind it."""
    return [convolution, nn.InstanceNorm2d(n, affine=True, track_running_stats=True), nn.ReLU()]


class ResBlock(nn.Module):
    """Two convolutions, added to their input."""

    def __init__(self, n: int) -> None:
        super().__init__()
        first, second = (normed(nn.Conv2d(n, n, 3, 1, 1, bias=False), n) for _ in range(2))
        self.main = nn.Sequential(*first, *second[:2])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Add."""
        return x + self.main(x)


class Generator(nn.Module):
    """Image and label planes in, image out."""

    def __init__(self, labels: int, n: int = 64) -> None:
        super().__init__()
        self.main = nn.Sequential(
            *normed(nn.Conv2d(1 + labels, n, 7, 1, 3, bias=False), n),
            *normed(nn.Conv2d(n, 2 * n, 4, 2, 1, bias=False), 2 * n),
            *normed(nn.Conv2d(2 * n, 4 * n, 4, 2, 1, bias=False), 4 * n),
            *(ResBlock(4 * n) for _ in range(6)),
            *normed(nn.ConvTranspose2d(4 * n, 2 * n, 4, 2, 1, bias=False), 2 * n),
            *normed(nn.ConvTranspose2d(2 * n, n, 4, 2, 1, bias=False), n),
            nn.Conv2d(n, 1, 7, 1, 3, bias=False),
            nn.Tanh(),
        )

    def forward(self, image: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """Convert images ``(batch, 1, time, frequency)``."""
        planes = labels[:, :, None, None].repeat(1, 1, *image.shape[2:])
        converted: torch.Tensor = self.main(torch.cat([image, planes], dim=1))
        return converted


class Discriminator(nn.Module):
    """Six halvings, then an adversarial map and the classes."""

    def __init__(self, classes: int, shape: tuple[int, int], n: int = 64) -> None:
        super().__init__()
        sizes = [1, *(n * 2**i for i in range(6))]
        layers: list[nn.Module] = []
        for a, b in itertools.pairwise(sizes):
            layers += [nn.Conv2d(a, b, 4, 2, 1), nn.LeakyReLU(0.01)]
        self.main = nn.Sequential(*layers)
        self.source = nn.Conv2d(sizes[-1], 1, 3, 1, 1, bias=False)
        left = (shape[0] // 64, shape[1] // 64)
        self.classes = nn.Conv2d(sizes[-1], classes, left, bias=False)

    def forward(self, image: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the adversarial map and the logits."""
        h = self.main(image)
        return self.source(h), self.classes(h).flatten(1)


class StarGan:
    """Networks, optimisers, data and an iteration; parameters as for `benchmarks.baseline`."""

    def __init__(
        self, windows: Windows, batch_size: int, device: torch.device, n: int = 64
    ) -> None:
        space = windows.corpus.labels
        shape = ((windows.length - 1024) // 256 + 1, 256)
        self.device, self.windows = device, windows
        self.generator = Generator(space.target_size, n).to(device)
        self.discriminator = Discriminator(space.target_size, shape, n).to(device)
        self.optimizers = {
            "generator": torch.optim.Adam(self.generator.parameters(), 1e-4, (0.5, 0.999)),
            "discriminator": torch.optim.Adam(self.discriminator.parameters(), 1e-4, (0.5, 0.999)),
        }
        workers = STREAMS if device.type == "cuda" else 0  # as many as the baseline has
        self.loader = iter(DataLoader(Data(windows, 0), batch_size, num_workers=workers))
        self.losses: dict[str, float] = {}

    def classification(self, logits: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        """Summed over the classes, averaged over the batch."""
        lost = F.binary_cross_entropy_with_logits(logits, target, reduction="sum")
        return lost / len(logits)

    def iterate(self) -> None:
        """Five steps of the discriminator and one of the generator, with data."""
        for i in range(CRITIC_STEPS):
            image, _, label = (t.to(self.device) for t in next(self.loader))
            image, label = image * 2 - 1, label.clamp_min(0)
            wanted = label[torch.randperm(len(label), device=self.device)]
            self._discriminator_step(image, label, wanted)
            if i == CRITIC_STEPS - 1:
                self._generator_step(image, label, wanted)

    def _discriminator_step(
        self, image: torch.Tensor, label: torch.Tensor, wanted: torch.Tensor
    ) -> None:
        source, logits = self.discriminator(image)
        real, classes = -source.mean(), self.classification(logits, label)
        fake_image = self.generator(image, wanted)
        source, _ = self.discriminator(fake_image.detach())
        fake = source.mean()
        share = torch.rand(len(image), 1, 1, 1, device=self.device)
        mixed = (share * image + (1 - share) * fake_image).detach().requires_grad_()
        source, _ = self.discriminator(mixed)
        (gradient,) = torch.autograd.grad(source, mixed, torch.ones_like(source), create_graph=True)
        penalty = ((gradient.flatten(1).norm(dim=1) - 1) ** 2).mean()
        self._reset()
        (real + fake + classes + 10 * penalty).backward()
        self.optimizers["discriminator"].step()
        self.losses |= {"real": real.item(), "fake": fake.item(), "classes": classes.item(),
                        "penalty": penalty.item()}  # fmt: skip

    def _generator_step(
        self, image: torch.Tensor, label: torch.Tensor, wanted: torch.Tensor
    ) -> None:
        fake_image = self.generator(image, wanted)
        source, logits = self.discriminator(fake_image)
        fake, classes = -source.mean(), self.classification(logits, wanted)
        reconstruction = (image - self.generator(fake_image, label)).abs().mean()
        self._reset()
        (fake + 10 * reconstruction + classes).backward()
        self.optimizers["generator"].step()
        self.losses |= {"reconstruction": reconstruction.item()}

    def _reset(self) -> None:
        for optimizer in self.optimizers.values():
            optimizer.zero_grad()
