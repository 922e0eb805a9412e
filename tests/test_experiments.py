from dataclasses import replace

import pytest

import vox
from vox import VoxError
from vox.cli import main


def test_the_line_of_descent():
    ids = [e.id for e in vox.experiments()]
    assert ids == ["47c97768", "31f31449", "9ada9179", "cfcefd21"]
    for e in vox.experiments():
        assert e.parent is None or ids.index(e.parent) < ids.index(e.id)


def test_cfcefd21_changes_what_its_page_says_and_nothing_else():
    changed = {c.field: (c.before, c.after) for c in vox.experiment("cfcefd21").changes()}
    assert changed == {
        "spectrogram.length": (66304, 17152),
        "discriminator_layers.body[4]": (
            "conv 512 k4 s2 p1 LeakyReLU",
            "conv 512 k3x4 s1x2 p1 LeakyReLU",
        ),
        "discriminator_layers.body[5]": (
            "conv 1024 k4 s2 p1 LeakyReLU",
            "conv 1024 k3x4 s1x2 p1 LeakyReLU",
        ),
    }


def test_numbers_of_cfcefd21():
    e = vox.experiment("cfcefd21")
    told = {
        "batch_size": 2,
        "epochs": 1000,
        "learning_rate": 1e-5,
        "critic_steps": 5,
        "gradient_penalty_weight": 10,
        "reconstruction_weight": 10,
        "feature_matching_weight": 10,
        "identity_weight": 0,
        "adversarial_weight": 1,
        "classification_weight": 1,
        "classification_reduction": "mean",
        "classified": "real",
        "rms_decay": 0.99,
        "rms_epsilon": 1e-8,
        "decay_epochs": 100,
    }
    assert {name: getattr(e, name) for name in told} == told
    assert e.learning_rate_decay == pytest.approx(10**-0.5)
    assert vox.experiment("31f31449").identity_weight == 10


def test_an_unknown_experiment_names_the_nearest():
    with pytest.raises(VoxError, match="did you mean 'cfcefd21'"):
        vox.experiment("cfcefd2l")


def test_profiles():
    e = vox.experiment("cfcefd21")
    assert e.at("page") == e
    assert e.at("auto", cuda=True) == e
    demo = e.at("demo")
    assert e.at("auto", cuda=False) == demo
    assert demo.width < 1
    assert demo.epochs < e.epochs
    assert {c.field for c in demo.changes(e)} <= {
        "width",
        "batch_size",
        "epochs",
        "learning_rate",
        "reconstruction_weight",
    }
    assert e.at("demo", epochs=3, width=None) == replace(demo, epochs=3)
    with pytest.raises(VoxError, match="unknown profile 'dem'"):
        e.at("dem")
    with pytest.raises(VoxError, match="did you mean 'epochs'"):
        e.at("demo", epoch=3)


def test_a_field_of_ones_own_wins_over_the_profile():
    own = replace(vox.experiment("cfcefd21"), learning_rate=3e-4)
    demo = own.at("demo")
    assert demo.learning_rate == 3e-4
    assert demo.width == vox.experiment("cfcefd21").at("demo").width


@pytest.mark.parametrize(
    "field",
    [
        {"batch_size": 1},
        {"batch_size": 2.5},
        {"width": 0},
        {"epochs": -1},
        {"epochs": float("inf")},
        {"learning_rate": "high"},
        {"classified": "faek"},
        {"decay_epochs": -5},
        {"gradient_penalty_weight": -5.0},
        {"rms_decay": 1.0},
        {"classification_reduction": "max"},
    ],
)
def test_nonsense_is_refused(field):
    with pytest.raises(VoxError, match=next(iter(field))):
        replace(vox.experiment("cfcefd21"), **field)


def test_networks_that_do_not_take_the_image_are_told():
    e = vox.experiment("cfcefd21")
    for length in (66304, 10_000):
        with pytest.raises(VoxError, match="the networks do not take images of"):
            replace(e, spectrogram=e.spectrogram.replace(length=length)).check()
    for e in vox.experiments():
        e.check()


def test_what_a_page_tells_is_no_field_to_train_with():
    with pytest.raises(VoxError, match="unknown field of an experiment 'id'"):
        vox.experiment("cfcefd21").at("demo", id="../elsewhere")


def test_whole_numbers_and_floats_are_the_same_setting():
    e = vox.experiment("cfcefd21")
    assert replace(e, epochs=5).settings() == replace(e, epochs=5.0).settings()
    assert isinstance(replace(e, epochs=5).settings()["epochs"], float)


def test_list_and_show(capsys):
    assert main(["list"]) == 0
    listed = capsys.readouterr().out
    assert "cfcefd21  9ada9179  2019-03-12" in listed
    assert main(["show", "cfcefd21"]) == 0
    shown = capsys.readouterr().out
    assert "spectrogram.length: 66304 -> 17152" in shown
    assert "merge" in shown
    assert main(["show", "nothing"]) == 1


def test_titles_cannot_inject_markup():
    e = replace(vox.experiment("cfcefd21"), title="<script>alert(1)</script>")
    assert "<script>" not in e._repr_html_()
