"""The series as the pages of 2019 have it: descent, numbers, changes."""

import pytest
from eight import EIGHT

import vox
from vox import VoxError
from vox.series import OF_2019, found, ids


def the_eight():
    """In the order of the series; others stand beside and behind them."""
    return [e for e in vox.experiments() if e.id in EIGHT]


def test_the_line_of_descent():
    told = [(e.id, e.parent, str(e.opened), str(e.closed), e.tags[-1]) for e in the_eight()]
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


def test_minibatch_epochs_and_hours_the_eight():
    told = {e.id: (e.scale.batch_size, e.scale.epochs, e.hours) for e in the_eight()}
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
    for e in the_eight():
        optimisation = e.optimisation
        assert (optimisation.learning_rate, optimisation.kind) == (1e-5, "rmsprop")
        assert e.issues == ("module/vox",)
        decays = e.id in ("9ada9179", "fbf548f6", "cfcefd21")
        assert optimisation.decay_epochs == (100 if decays else 0)


@pytest.mark.parametrize(
    ("id", "fields"),
    [
        ("fbf548f6", {"objective.label_dropping": (0.0, 0.5)}),
        (
            "9ada9179",
            {
                "objective.generator.merge": (
                    "conv 256 k3x5 s1 p1x2 BN ReLU",
                    "conv 256 k3 s1 p1 BN ReLU",
                ),
                "objective.generator.block": (
                    "conv 256 k3x5 s1 p1x2 BN ReLU",
                    "conv 256 k3 s1 p1 BN ReLU",
                ),
                "objective.identity_weight": (10.0, 0.0),
                "optimisation.decay_epochs": (0, 100),
            },
        ),
    ],
)
def test_changes_are_those_of_the_page(id, fields):
    changed = {c.field: (c.before, c.after) for c in vox.experiment(id).changes()}
    assert changed == fields


def test_a_network_that_comes_or_goes_is_one_line():
    gone = {c.field: (c.before, c.after) for c in vox.experiment("7a184ccb").changes()}
    assert gone["objective"] == ("stargan", "classifier")
    assert gone["objective.generator"] == ("12 values", None)
    assert not [name for name in gone if name.startswith("objective.generator.")]
    back = {c.field: (c.before, c.after) for c in vox.experiment("47c97768").changes()}
    assert back["objective"] == ("classifier", "stargan")
    assert back["objective.generator"] == (None, "10 values")
    assert back["objective.classification_loss"] == ("softmax", "sigmoid")
    single = {"objective.critic_steps", "objective.label_flags", "objective.identity_weight"}
    assert not single & {*gone, *back}  # which only one of both kinds has


def test_experiments_are_found_by_id_and_by_place():
    series = vox.experiments()
    assert series["cfcefd21"] is series[[e.id for e in series].index("cfcefd21")]
    assert "e19098ab" in series._ipython_key_completions_()


def test_cfcefd21_changes_what_its_page_says_and_nothing_else():
    changed = {c.field: (c.before, c.after) for c in vox.experiment("cfcefd21").changes()}
    assert changed == {
        "representation.length": (66304, 17152),
        "objective.discriminator.body[4]": (
            "conv 512 k4 s2 p1 LeakyReLU",
            "conv 512 k3x4 s1x2 p1 LeakyReLU",
        ),
        "objective.discriminator.body[5]": (
            "conv 1024 k4 s2 p1 LeakyReLU",
            "conv 1024 k3x4 s1x2 p1 LeakyReLU",
        ),
    }


def test_numbers_of_cfcefd21():
    e = vox.experiment("cfcefd21")
    told = {
        "objective": {
            "critic_steps": 5,
            "critic_rate": 1,
            "gradient_penalty_weight": 10,
            "reconstruction_weight": 10,
            "feature_matching_weight": 10,
            "identity_weight": 0,
            "adversarial_weight": 1,
            "classification_weight": 1,
            "classification_loss": "sigmoid",
            "classification_reduction": "mean",
            "classified": "real",
        },
        "optimisation": {
            "learning_rate": 1e-5,
            "smoothing": 0.99,
            "epsilon": 1e-8,
            "decay_epochs": 100,
        },
        "scale": {"batch_size": 2, "epochs": 1000, "width": 1},
        "representation": {"length": 17152, "hop": 256, "frame": 1024, "floor": 1e-3},
    }
    for part, fields in told.items():
        assert {name: getattr(e.parts[part], name) for name in fields} == fields
    assert e.optimisation.learning_rate_decay == pytest.approx(10**-0.5)
    assert vox.experiment("31f31449").objective.identity_weight == 10


def test_an_unknown_experiment_names_the_nearest():
    with pytest.raises(VoxError, match="did you mean 'cfcefd21'"):
        vox.experiment("cfcefd2l")


def test_a_file_of_ones_own_is_an_experiment_too(tmp_path):
    own = tmp_path / "mine.py"
    own.write_text(
        "import dataclasses, vox\n"
        "from vox.definition import Page\n"
        'PARENT = vox.experiment("cfcefd21")\n'
        'PAGE = Page(id="mine", parent=PARENT, change="wider steps")\n'
        "EXPERIMENT = dataclasses.replace(PARENT, page=PAGE).replace(critic_steps=3)\n"
    )
    e = found(str(own))
    assert [str(c) for c in e.changes()] == ["objective.critic_steps: 5 -> 3"]
    assert found("cfcefd21") is vox.experiment("cfcefd21")
    with pytest.raises(VoxError, match="there is no such file"):
        found(str(tmp_path / "other.py"))
    own.write_text("EXPERIMENT = 3\n")
    with pytest.raises(VoxError, match="defines no EXPERIMENT"):
        found(str(own))
    own.write_text("import nonsense_that_is_none\n")
    with pytest.raises(VoxError, match="ModuleNotFoundError"):
        found(str(own))


def test_the_pages_of_2019_are_in_the_series_and_their_files_are_named_by_their_ids():
    assert set(OF_2019) <= set(ids())
    for id in ids():
        assert vox.experiment(id).id == id
