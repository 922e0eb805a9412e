from dataclasses import replace

import pytest

import vox
from vox import VoxError
from vox.cli import main


def test_the_line_of_descent():
    told = [(e.id, e.parent, str(e.opened), str(e.closed), e.tags[-1]) for e in vox.experiments()]
    assert told == [
        ("54314b33", None, "2019-03-01", "2019-03-02", "unsatisfied"),
        ("7a184ccb", "54314b33", "2019-03-03", "2019-03-04", "closed"),
        ("e19098ab", "7a184ccb", "2019-03-04", "2019-03-04", "satisfied"),
        ("47c97768", "e19098ab", "2019-03-04", "2019-03-05", "unsatisfied"),
        ("31f31449", "47c97768", "2019-03-05", "2019-03-06", "unsatisfied"),
        ("9ada9179", "31f31449", "2019-03-08", "2019-03-09", "unsatisfied"),
        ("fbf548f6", "9ada9179", "2019-03-10", "2019-03-12", "unsatisfied"),
        ("cfcefd21", "9ada9179", "2019-03-12", "2019-03-13", "satisfied"),
    ]


def test_minibatch_epochs_and_hours_of_2019():
    told = {e.id: (e.batch_size, e.epochs, e.hours) for e in vox.experiments()}
    assert told == {
        "54314b33": (5, 1000, None),
        "7a184ccb": (10, 1000, 15.96),
        "e19098ab": (10, 1000, 16.10),
        "47c97768": (2, 203, 4.32),
        "31f31449": (2, 1000, 25.06),
        "9ada9179": (2, 1000, 22.68),
        "fbf548f6": (2, 1000, 25.07),
        "cfcefd21": (2, 1000, 10.07),
    }
    for e in vox.experiments():
        assert (e.learning_rate, e.optimizer, e.issues) == (1e-5, "rmsprop", ("module/vox",))
        decays = e.id in ("9ada9179", "fbf548f6", "cfcefd21")
        assert e.decay_epochs == (100 if decays else 0)


@pytest.mark.parametrize(
    ("id", "fields"),
    [
        ("fbf548f6", {"label_dropping": (0.0, 0.5)}),
        (
            "9ada9179",
            {
                "generator_layers.merge": (
                    "conv 256 k3x5 s1 p1x2 BN ReLU",
                    "conv 256 k3 s1 p1 BN ReLU",
                ),
                "generator_layers.block": (
                    "conv 256 k3x5 s1 p1x2 BN ReLU",
                    "conv 256 k3 s1 p1 BN ReLU",
                ),
                "identity_weight": (10.0, 0.0),
                "decay_epochs": (0, 100),
            },
        ),
    ],
)
def test_changes_are_those_of_the_page(id, fields):
    changed = {c.field: (c.before, c.after) for c in vox.experiment(id).changes()}
    assert changed == fields


def test_a_network_that_comes_or_goes_is_one_line():
    gone = {c.field: (c.before, c.after) for c in vox.experiment("7a184ccb").changes()}
    assert gone["generator_layers"] == ("12 values", None)
    assert not [name for name in gone if name.startswith("generator_layers.")]
    back = {c.field: (c.before, c.after) for c in vox.experiment("47c97768").changes()}
    assert back["generator_layers"] == (None, "10 values")
    assert back["classification_loss"] == ("softmax", "sigmoid")


def test_experiments_are_found_by_id_and_by_place():
    series = vox.experiments()
    assert series["cfcefd21"] is series[-1]
    assert "e19098ab" in series._ipython_key_completions_()


def test_a_generator_needs_a_judge():
    e = vox.experiment("cfcefd21")
    with pytest.raises(VoxError, match="go together"):
        replace(e, generator_layers=None)
    with pytest.raises(VoxError, match="go together"):
        replace(vox.experiment("e19098ab"), generator_layers=e.generator_layers)


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
        {"classification_loss": "hinge"},
        {"label_flags": 1},
        {"label_dropping": 1.5},
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
