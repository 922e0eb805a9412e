"""Every layer against shared facts of the pages: shapes, kernels, parameter counts."""

import pytest
import torch
from eight import EIGHT

import vox
from vox import VoxError
from vox.models import layers
from vox.models.specs import LayerDefaults
from vox.models.specs import conv as convolution

# Each layer with its output, channels x time x frequency: the "taken" values of every page.


def deepening(sides, *channels):
    """Layers of a body whose outputs are `channels` at square `sides`."""
    return [
        (f"body.{i}", (n, side, side))
        for i, (n, side) in enumerate(zip(channels, sides, strict=False))
    ]


def on_the_way(stage, *shapes):
    return [(f"{stage}.{i}", shape) for i, shape in enumerate(shapes)]


HALVES = (128, 64, 32, 16, 8, 4)
STARGAN_HALVED = [
    *deepening(HALVES, 32, 64, 128, 256, 512, 1024),
    ("classes", (1476, 1, 1)),
    ("adversarial", (1, 4, 4)),
]
LEVELS_OF_FOUR = [
    *on_the_way("downsampling", (32, 256, 256), (64, 128, 128), (128, 64, 64), (256, 32, 32)),
    ("repeat", (1479, 32, 32)),
    ("concat", (1735, 32, 32)),
    ("merge", (256, 32, 32)),
    *on_the_way("bottleneck", *[(256, 32, 32)] * 6),
    *on_the_way("upsampling", (128, 64, 64), (64, 128, 128), (32, 256, 256)),
    ("output", (1, 256, 256)),
]
LAYERS = {
    ("54314b33", "generator"): [
        *on_the_way("downsampling", (32, 128, 128), (64, 64, 64), (128, 32, 32), (256, 16, 16)),
        ("repeat", (1476, 16, 16)),
        ("concat", (1732, 16, 16)),
        ("merge", (256, 16, 16)),
        *on_the_way("bottleneck", *[(256, 16, 16)] * 4),
        ("skip", (512, 16, 16)),
        *on_the_way("upsampling", (128, 32, 32), (64, 64, 64), (32, 128, 128)),
        ("output", (1, 256, 256)),
    ],
    ("54314b33", "discriminator"): [
        *deepening(HALVES, 32, 64, 128, 256, 512),
        ("classes.speaker", (1421, 1, 1)),
        ("classes.birthplace", (53, 1, 1)),
        ("classes.sex", (2, 1, 1)),
        ("adversarial", (1, 8, 8)),
    ],
    ("7a184ccb", "classifier"): [
        *deepening((256, *HALVES), 64, 64, 128, 256, 512, 1024),
        ("classes.speaker.conv", (1421, 8, 8)),
        ("classes.speaker.pool", (1421, 1, 1)),
        ("classes.birthplace.conv", (53, 8, 8)),
        ("classes.birthplace.pool", (53, 1, 1)),
        ("classes.sex.conv", (2, 8, 8)),
        ("classes.sex.pool", (2, 1, 1)),
    ],
    ("e19098ab", "classifier"): [
        *deepening(HALVES, 64, 128, 256, 512, 1024, 2048),
        ("classes.speaker", (1421, 1, 1)),
        ("classes.birthplace", (53, 1, 1)),
        ("classes.sex", (2, 1, 1)),
    ],
    ("47c97768", "generator"): [
        *on_the_way("downsampling", (32, 256, 256), (64, 128, 128), (128, 64, 64)),
        ("repeat", (1479, 64, 64)),
        ("concat", (1607, 64, 64)),
        ("merge", (128, 64, 64)),
        *on_the_way("bottleneck", *[(128, 64, 64)] * 3),
        *on_the_way("upsampling", (64, 128, 128), (32, 256, 256)),
        ("output", (1, 256, 256)),
    ],
    ("47c97768", "discriminator"): STARGAN_HALVED,
    ("31f31449", "generator"): LEVELS_OF_FOUR,
    ("31f31449", "discriminator"): STARGAN_HALVED,
    ("9ada9179", "generator"): LEVELS_OF_FOUR,
    ("9ada9179", "discriminator"): STARGAN_HALVED,
    ("fbf548f6", "generator"): LEVELS_OF_FOUR,
    ("fbf548f6", "discriminator"): STARGAN_HALVED,
    ("cfcefd21", "generator"): [
        *on_the_way("downsampling", (32, 64, 256), (64, 32, 128), (128, 16, 64), (256, 8, 32)),
        ("repeat", (1479, 8, 32)),
        ("concat", (1735, 8, 32)),
        ("merge", (256, 8, 32)),
        *on_the_way("bottleneck", *[(256, 8, 32)] * 6),
        *on_the_way("upsampling", (128, 16, 64), (64, 32, 128), (32, 64, 256)),
        ("output", (1, 64, 256)),
    ],
    ("cfcefd21", "discriminator"): [
        *on_the_way(
            "body",
            (32, 32, 128), (64, 16, 64), (128, 8, 32), (256, 4, 16), (512, 4, 8), (1024, 4, 4),
        ),
        ("classes", (1476, 1, 1)),
        ("adversarial", (1, 4, 4)),
    ],
}  # fmt: skip


def test_the_table_of_layers_covers_every_network():
    every = {(e.id, name) for e in vox.experiments() for name in e.networks}
    assert set(LAYERS) <= every
    assert {id for id, _ in LAYERS} == set(EIGHT)
    assert {(id, name) for id, name in every if id in EIGHT} == set(LAYERS)


@pytest.mark.parametrize(("id", "network"), LAYERS)
def test_every_layer_of_every_network(id, network):
    layers = vox.experiment(id).trace(network)
    assert [(x.name, x.shape) for x in layers if x.kind == "layer"] == LAYERS[id, network]


def conv(c_in, c_out, k_time, k_frequency, norm=False):
    """Weights and biases of a convolution, and the two of a batch normalisation."""
    return c_in * c_out * k_time * k_frequency + c_out + 2 * c_out * norm


def body(*channels, k=(4, 4), norm=False):
    pairs = zip((1, *channels), channels, strict=False)
    return sum(conv(a, b, *k, norm) for a, b in pairs)


def heads(c_in, k, norm=False):
    return sum(conv(c_in, n, k, k, norm) for n in (1421, 53, 2))


def wide(k_time, k_frequency):
    """The generator of 31f31449 and its children, with this kernel in the bottleneck."""
    return (
        conv(1, 32, 7, 7, True)
        + conv(32, 64, 4, 4, True)
        + conv(64, 128, 4, 4, True)
        + conv(128, 256, 4, 4, True)
        + conv(1735, 256, k_time, k_frequency, True)
        + 12 * conv(256, 256, k_time, k_frequency, True)
        + conv(256, 128, 4, 4, True)
        + conv(128, 64, 4, 4, True)
        + conv(64, 32, 4, 4, True)
        + conv(32, 1, 7, 7)
    )


HALVED = (
    body(32, 64, 128, 256, 512, 1024) + conv(1024, 1476, 4, 4) + conv(1024, 1, 3, 3)
)  # fmt: skip
COUNTS = {
    ("54314b33", "generator"): body(32, 64, 128, 256, norm=True)
    + conv(1732, 256, 3, 3, True)
    + 8 * conv(256, 256, 3, 3, True)
    + conv(512, 128, 4, 4, True)
    + conv(128, 64, 4, 4, True)
    + conv(64, 32, 4, 4, True)
    + conv(32, 1, 4, 4),
    ("54314b33", "discriminator"): body(32, 64, 128, 256, 512, norm=True)
    + heads(512, 8)
    + conv(512, 1, 3, 3),
    ("7a184ccb", "classifier"): conv(1, 64, 3, 3, True)
    + conv(64, 64, 4, 4, True)
    + conv(64, 128, 4, 4, True)
    + conv(128, 256, 4, 4, True)
    + conv(256, 512, 4, 4, True)
    + conv(512, 1024, 4, 4, True)
    + heads(1024, 3, True),
    ("e19098ab", "classifier"): body(64, 128, 256, 512, 1024, 2048, norm=True) + heads(2048, 4),
    ("47c97768", "generator"): conv(1, 32, 7, 7, True)
    + conv(32, 64, 4, 4, True)
    + conv(64, 128, 4, 4, True)
    + conv(1607, 128, 3, 3, True)
    + 6 * conv(128, 128, 3, 3, True)
    + conv(128, 64, 4, 4, True)
    + conv(64, 32, 4, 4, True)
    + conv(32, 1, 7, 7),
    ("47c97768", "discriminator"): HALVED,
    ("31f31449", "generator"): wide(3, 5),
    ("31f31449", "discriminator"): HALVED,
    ("9ada9179", "generator"): wide(3, 3),
    ("9ada9179", "discriminator"): HALVED,
    ("fbf548f6", "generator"): wide(3, 3),
    ("fbf548f6", "discriminator"): HALVED,
    ("cfcefd21", "generator"): wide(3, 3),
    ("cfcefd21", "discriminator"): body(32, 64, 128, 256)
    + conv(256, 512, 3, 4)
    + conv(512, 1024, 3, 4)
    + conv(1024, 1476, 4, 4)
    + conv(1024, 1, 3, 3),
}


@pytest.mark.parametrize(("id", "network"), LAYERS)
def test_parameter_counts_are_what_the_layers_add_up_to(id, network):
    with torch.device("meta"):
        module = vox.experiment(id).network(network)
    assert sum(p.numel() for p in module.parameters()) == COUNTS[id, network]
    assert module.table().rows[-1][-1] == f"{COUNTS[id, network]:,}"


def test_activations_and_norms_are_those_of_the_pages():
    told = {
        (id, name): [str(layer) for layer in layers]
        for id, name, layers in (
            ("54314b33", "down", vox.experiment("54314b33").objective.generator.downsampling),
            ("54314b33", "body", vox.experiment("54314b33").objective.discriminator.body[:1]),
            ("47c97768", "body", vox.experiment("47c97768").objective.discriminator.body[:1]),
            ("7a184ccb", "head", (vox.experiment("7a184ccb").objective.layers.classes,)),
        )
    }
    assert told["54314b33", "down"][-1] == "conv 256 k4 s2 p1 BN LeakyReLU"
    assert told["54314b33", "body"] == ["conv 32 k4 s2 p1 BN LeakyReLU"]
    assert told["47c97768", "body"] == ["conv 32 k4 s2 p1 LeakyReLU"]
    assert told["7a184ccb", "head"] == ["conv classes k3 s1 p1 BN LeakyReLU"]


def test_wide_filters_have_five_along_frequency_and_the_switch_turns_them():
    e = vox.experiment("31f31449")
    turned = e.replace(generator=e.objective.generator.turned())
    assert e.objective.generator.block.kernel == (3, 5)
    assert turned.objective.generator.block.kernel == (5, 3)
    assert turned.objective.generator.merge.padding == (2, 1)
    shapes = [[x.shape for x in each.trace("generator")] for each in (e, turned)]
    assert shapes[0] == shapes[1]
    assert turned.objective.generator.turned() == e.objective.generator


def test_classifiers_answer_for_each_group():
    labels = vox.LabelSpace.sized(speaker=5, sex=2)
    for id in ("7a184ccb", "e19098ab"):
        e = vox.experiment(id).replace(width=1 / 64)
        assert e.networks == ("classifier",)
        assert e.classifier(labels)(torch.rand(2, 1, 256, 256)).shape == (2, 7)
        with pytest.raises(VoxError, match="unknown network of"):
            e.generator()


def test_a_pooled_head_is_the_mean_of_its_map():
    labels = vox.LabelSpace.sized(speaker=3)
    classifier = vox.experiment("7a184ccb").replace(width=1 / 64).classifier(labels).eval()
    image = torch.rand(2, 1, 256, 256)
    with torch.no_grad():
        pooled = classifier.classes["speaker"].conv(classifier.body(image)).mean(dim=(2, 3))
        assert torch.allclose(classifier(image), pooled)


def test_the_skip_of_54314b33_carries_the_encoded_image_past_the_labels():
    labels = vox.LabelSpace.sized(speaker=2)
    e = vox.experiment("54314b33").replace(width=1 / 32)
    generator = e.generator(labels).eval()
    assert generator.label_size == 2  # no flags before 47c97768
    image = torch.rand(1, 1, 256, 256, requires_grad=True)
    for block in generator.bottleneck:  # cut the bottleneck: the skip alone is left
        block.forward = lambda x: torch.zeros_like(x)
    generator(image, torch.zeros(1, 2)).sum().backward()
    assert image.grad.abs().sum() > 0


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


def test_diagrams_draw_a_head_for_each_group():
    drawn = str(vox.experiment("54314b33").diagram("discriminator"))
    assert "1421 x 1 x 1<br/>softmax" in drawn
    assert "classesspeaker --> output_speaker" in drawn
    assert "global average pooling" in str(vox.experiment("7a184ccb").diagram("classifier"))
    assert "1476 x 1 x 1<br/>sigmoid" in str(vox.experiment("47c97768").diagram("discriminator"))


def test_networks_show_themselves_as_a_table():
    shown = vox.experiment("cfcefd21").generator()._repr_html_()
    assert "n: 256, k: 3, stride: 1, pad: 1" in shown
    assert "12,466,817" in shown


def test_unknown_network_is_an_error():
    with pytest.raises(VoxError, match="did you mean 'generator'"):
        vox.experiment("cfcefd21").diagram("generater")


@pytest.mark.parametrize("spec", ["k3 s1 p1", "k3x5 s1 p1x2", "k4 s2 p1", "k2 s1 p0"])
def test_labels_joined_without_being_repeated_give_what_repeating_gives(spec):
    kernel, stride, padding = (tuple(int(n) for n in word[1:].split("x")) for word in spec.split())
    spec = convolution(
        7, *(pair if len(pair) == 2 else pair[0] for pair in (kernel, stride, padding))
    )
    torch.manual_seed(0)
    block = layers.LabelBlock(3 + 5, spec, LayerDefaults()).double()
    image = torch.rand(2, 3, 6, 9, dtype=torch.float64)
    labels = torch.rand(2, 5, dtype=torch.float64)
    weights = list(block.parameters())
    joined = block(image, labels)
    found = torch.autograd.grad(joined.square().sum(), weights)
    repeated = labels[:, :, None, None].expand(-1, -1, 6, 9)
    wanted = layers.ConvBlock.forward(block, torch.cat([image, repeated], dim=1))
    torch.testing.assert_close(joined, wanted)
    torch.testing.assert_close(found, torch.autograd.grad(wanted.square().sum(), weights))


def test_a_convolution_as_large_as_its_input_is_the_product_it_stands_for():
    torch.manual_seed(0)
    bank = layers.FilterBank(3, 5, (4, 6)).double()
    for plane in ((4, 6), (5, 6)):  # the second is larger, and an ordinary convolution
        image = torch.rand(2, 3, *plane, dtype=torch.float64)
        wanted = torch.nn.functional.conv2d(image, bank.weight, bank.bias)
        torch.testing.assert_close(bank(image), wanted)


@pytest.mark.parametrize(("kernel", "padding"), [(7, 3), ((3, 5), (0, 1)), ((1, 3), (0, 2))])
def test_a_deconvolution_of_stride_1_is_the_one_of_torch(kernel, padding):
    torch.manual_seed(0)
    ours = layers.UnitStrideDeconv(4, 2, kernel, 1, padding).double()
    image = torch.rand(2, 4, 9, 8, dtype=torch.float64)
    wanted = torch.nn.functional.conv_transpose2d(
        image, ours.weight, ours.bias, padding=ours.padding
    )
    torch.testing.assert_close(ours(image), wanted)


def test_batches_judged_in_one_pass_are_not_mixed():
    """Neither without batch normalisation, where they share a pass, nor with it."""
    labels = vox.LabelSpace.sized(speaker=2)
    for id in ("47c97768", "54314b33"):
        torch.manual_seed(0)
        judge = vox.experiment(id).replace(width=1 / 32).discriminator(labels)
        one, other = torch.rand(2, 1, 256, 256), torch.rand(3, 1, 256, 256) / 2
        together = judge.features(one, other)
        for batch, found in zip((one, other), together, strict=True):
            torch.testing.assert_close(found, judge.body(batch), rtol=1e-4, atol=1e-6)
