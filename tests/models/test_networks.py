"""Every layer against shared facts of the pages: shapes, kernels, parameter counts."""

import pytest
import torch

import vox
from vox import VoxError

# (layer, output as channels x time x frequency) of cfcefd21, the "taken" values
GENERATOR = [
    ("downsampling.0", (32, 64, 256)),
    ("downsampling.1", (64, 32, 128)),
    ("downsampling.2", (128, 16, 64)),
    ("downsampling.3", (256, 8, 32)),
    ("repeat", (1479, 8, 32)),
    ("concat", (1735, 8, 32)),
    ("merge", (256, 8, 32)),
    *((f"bottleneck.{i}", (256, 8, 32)) for i in range(6)),
    ("upsampling.0", (128, 16, 64)),
    ("upsampling.1", (64, 32, 128)),
    ("upsampling.2", (32, 64, 256)),
    ("output", (1, 64, 256)),
]
DISCRIMINATOR = [
    ("body.0", (32, 32, 128)),
    ("body.1", (64, 16, 64)),
    ("body.2", (128, 8, 32)),
    ("body.3", (256, 4, 16)),
    ("body.4", (512, 4, 8)),
    ("body.5", (1024, 4, 4)),
    ("classes", (1476, 1, 1)),
    ("adversarial", (1, 4, 4)),
]
# The parents at 1 x 256 x 256
PARENTS = {
    "47c97768": [("concat", (1607, 64, 64)), ("bottleneck.2", (128, 64, 64))],
    "31f31449": [("concat", (1735, 32, 32)), ("bottleneck.5", (256, 32, 32))],
    "9ada9179": [
        ("concat", (1735, 32, 32)),
        ("upsampling.0", (128, 64, 64)),
        ("upsampling.1", (64, 128, 128)),
        ("upsampling.2", (32, 256, 256)),
    ],
}


@pytest.mark.parametrize(
    ("network", "expected"), [("generator", GENERATOR), ("discriminator", DISCRIMINATOR)]
)
def test_every_layer_of_cfcefd21(network, expected):
    layers = vox.experiment("cfcefd21").trace(network)
    assert [(x.name, x.shape) for x in layers if x.kind == "layer"] == expected


@pytest.mark.parametrize("id", PARENTS)
def test_shapes_of_its_parents(id):
    e = vox.experiment(id)
    shapes = {layer.name: layer.shape for layer in e.trace("generator")}
    for name, shape in PARENTS[id]:
        assert shapes[name] == shape
    assert dict(PARENTS[id]).keys() <= shapes.keys()
    judged = {x.name: x.shape for x in e.trace("discriminator") if x.kind == "layer"}
    assert judged["body.5"] == (1024, 4, 4)


def conv(c_in, c_out, k_time, k_frequency, norm=False):
    """Weights and biases of a convolution, and the two of a batch normalisation."""
    return c_in * c_out * k_time * k_frequency + c_out + 2 * c_out * norm


def test_parameter_counts_of_cfcefd21():
    e = vox.experiment("cfcefd21")
    with torch.device("meta"):
        networks = e.generator(), e.discriminator()
    generator, discriminator = (sum(p.numel() for p in n.parameters()) for n in networks)
    assert generator == (
        conv(1, 32, 7, 7, True)
        + conv(32, 64, 4, 4, True)
        + conv(64, 128, 4, 4, True)
        + conv(128, 256, 4, 4, True)
        + conv(1735, 256, 3, 3, True)
        + 12 * conv(256, 256, 3, 3, True)
        + conv(256, 128, 4, 4, True)
        + conv(128, 64, 4, 4, True)
        + conv(64, 32, 4, 4, True)
        + conv(32, 1, 7, 7)
    )
    assert discriminator == (
        conv(1, 32, 4, 4)
        + conv(32, 64, 4, 4)
        + conv(64, 128, 4, 4)
        + conv(128, 256, 4, 4)
        + conv(256, 512, 3, 4)
        + conv(512, 1024, 3, 4)
        + conv(1024, 1476, 4, 4)
        + conv(1024, 1, 3, 3)
    )


def test_the_label_space_of_a_corpus_changes_the_ends_only():
    labels = vox.LabelSpace.sized(speaker=8, birthplace=4, sex=2)
    shapes = {x.name: x.shape for x in vox.experiment("cfcefd21").trace("generator", labels)}
    assert shapes["concat"] == (256 + 17, 8, 32)
    judged = vox.experiment("cfcefd21").discriminator(labels)(torch.zeros(2, 1, 64, 256))
    assert judged.classes.shape == (2, 14)
    assert judged.adversarial.shape == (2, 1, 4, 4)


def test_defaults_of_layers(tiny):
    generator = tiny.generator()
    norm = generator.downsampling[0].norm
    assert (norm.eps, norm.momentum) == (2e-5, pytest.approx(0.1))
    slopes = {block.activation.negative_slope for block in tiny.discriminator().body}
    assert slopes == {0.2}


def test_weights_are_lecun_normal():
    torch.manual_seed(0)
    generator = vox.experiment("cfcefd21").generator(vox.LabelSpace.sized(speaker=2))
    weight = generator.bottleneck[0].first.conv.weight
    assert weight.std().item() == pytest.approx((256 * 9) ** -0.5, rel=0.01)
    assert not generator.merge.conv.bias.any()


def test_a_unit_stride_deconvolution_equals_torchs(tiny):
    deconv = tiny.generator().output.conv
    x = torch.randn(2, deconv.in_channels, 9, 11)
    plain = torch.nn.ConvTranspose2d(*deconv.weight.shape[:2], 7, padding=3)
    plain.load_state_dict(deconv.state_dict())
    assert torch.allclose(deconv(x), plain(x), atol=1e-5)


def test_generator_takes_any_multiple_of_its_stride(tiny):
    generator = tiny.generator(vox.LabelSpace.sized(speaker=2)).eval()
    out = generator(torch.rand(1, 1, 128, 256), torch.zeros(1, 3))
    assert out.shape == (1, 1, 128, 256)
    assert 0 < out.min() <= out.max() < 1


def test_the_label_reaches_the_output_and_only_through_the_merge(tiny):
    generator = tiny.generator(vox.LabelSpace.sized(speaker=2)).eval()
    labels = torch.eye(3)[:1].requires_grad_()
    generator(torch.rand(1, 1, 64, 256), labels).sum().backward()
    assert labels.grad.abs().sum() > 0


def test_diagram_tells_of_the_live_module():
    e = vox.experiment("cfcefd21")
    source = str(e.diagram("discriminator"))
    assert 'body4["Convolution<br/>n: 512, k: 3x4, stride: 1x2, pad: 1<br/>LeakyReLU"]' in source
    assert "body4 --> | 512 x 4 x 8 | body5" in source
    drawn = str(e.diagram("generator"))
    for part in (
        "subgraph Downsampling",
        "subgraph Bottleneck",
        "subgraph Upsampling",
        "concat --> | 1735 x 8 x 32 | merge",
        'repeat(("repeat<br/>8 x 32"))',
        "n: 1, k: 7, stride: 1, pad: 3<br/>sigmoid",
    ):
        assert part in drawn
    assert "```mermaid\n" in e.diagram("generator")._repr_markdown_()


def test_unknown_network_is_an_error():
    with pytest.raises(VoxError, match="did you mean 'generator'"):
        vox.experiment("cfcefd21").diagram("generater")
