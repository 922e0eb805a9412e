"""An experiment as its parts: replacing their fields, profiles, checks."""

from dataclasses import fields, replace

import pytest

import vox
from vox import VoxError
from vox.definition import settings
from vox.objectives import Classifier


def test_profiles():
    e = vox.experiment("cfcefd21")
    assert e.at("page") == e
    assert e.at("auto", cuda=True) == e
    demo = e.at("demo")
    assert e.at("auto", cuda=False) == demo
    assert demo.scale.width < 1
    assert demo.scale.epochs < e.scale.epochs
    assert {c.field for c in demo.changes(e)} <= {
        "scale.width",
        "scale.batch_size",
        "scale.epochs",
        "optimisation.learning_rate",
        "objective.reconstruction_weight",
    }
    assert e.at("demo", epochs=3, width=None) == demo.replace(epochs=3)
    with pytest.raises(VoxError, match="unknown profile 'dem'"):
        e.at("dem")
    with pytest.raises(VoxError, match="did you mean 'epochs'"):
        e.at("demo", epoch=3)


def test_hours_keeps_the_pages_losses_and_the_sum_of_its_rates():
    e = vox.experiment("9ada9179")
    hours, demo = e.at("hours"), e.at("demo")
    assert hours.objective == e.objective  # the demo weighs reconstruction a hundredfold
    assert (hours.scale.width, hours.scale.batch_size) == (demo.scale.width, demo.scale.batch_size)
    iterations = hours.scale.epochs * 144 / hours.scale.batch_size
    assert iterations == 9000
    page = e.optimisation.learning_rate * 1000 * 1421 / 2
    assert hours.optimisation.learning_rate * iterations == pytest.approx(page, rel=1e-2)
    share = hours.optimisation.decay_epochs / hours.scale.epochs
    assert share == pytest.approx(100 / 1000, rel=0.05)


def test_hours_takes_a_budget_and_never_a_higher_rate_than_the_demos():
    e = vox.experiment("31f31449")
    assert e.at("hours", epochs=12.5).optimisation.learning_rate == 3e-3  # 7.9e-3 would be its sum
    assert e.at("hours", epochs=250).optimisation.learning_rate == pytest.approx(3.95e-4)
    converter = vox.experiment("3cd41fe0")
    assert converter.at("hours") == converter  # whose demo is its page


def test_a_field_of_ones_own_wins_over_the_profile():
    own = vox.experiment("cfcefd21").replace(learning_rate=3e-4)
    demo = own.at("demo")
    assert demo.optimisation.learning_rate == 3e-4
    assert demo.scale.width == vox.experiment("cfcefd21").at("demo").scale.width


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
        {"smoothing": 1.0},
        {"classification_reduction": "max"},
        {"classification_loss": "hinge"},
        {"label_flags": 1},
        {"label_dropping": 1.5},
    ],
)
def test_nonsense_is_refused(field):
    with pytest.raises(VoxError, match=next(iter(field))):
        vox.experiment("cfcefd21").replace(**field)


def test_networks_that_do_not_take_the_image_are_told():
    e = vox.experiment("cfcefd21")
    for length in (66304, 10_000):
        with pytest.raises(VoxError, match="the networks do not take images of"):
            e.replace(length=length).check()
    for e in vox.experiments():
        e.check()


def test_what_a_page_tells_is_no_field_to_train_with():
    with pytest.raises(VoxError, match="unknown field of an experiment 'id'"):
        vox.experiment("cfcefd21").at("demo", id="../elsewhere")


def test_whole_numbers_and_floats_are_the_same_setting():
    e = vox.experiment("cfcefd21")
    assert e.replace(epochs=5).settings() == e.replace(epochs=5.0).settings()
    assert isinstance(e.replace(epochs=5).settings()["scale.epochs"], float)


def test_titles_cannot_inject_markup():
    e = vox.experiment("cfcefd21")
    e = e.replace(page=replace(e.page, title="<script>alert(1)</script>"))
    assert "<script>" not in e._repr_html_()


def test_fields_are_replaced_by_their_own_names_whatever_part_has_them():
    e = vox.experiment("cfcefd21")
    own = e.replace(width=0.5, learning_rate=1e-4, floor=1e-5, critic_steps=3)
    assert (own.scale.width, own.optimisation.learning_rate) == (0.5, 1e-4)
    assert (own.representation.floor, own.objective.critic_steps) == (1e-5, 3)
    assert own.page is e.page
    assert own.stated is e
    assert own.replace(width=1.0).stated is e
    with pytest.raises(VoxError, match="did you mean 'learning_rate'"):
        e.replace(learning_rat=1e-4)
    with pytest.raises(VoxError, match="unknown field of an experiment 'demo'"):
        e.replace(demo=None)


def test_a_child_states_itself():
    e = vox.experiment("cfcefd21")
    child = replace(e.replace(width=0.5), page=replace(e.page, id="deadbeef", parent=e))
    assert child.stated is child
    assert [c.field for c in child.changes()] == ["scale.width"]


def test_a_field_asked_of_the_experiment_says_which_part_has_it():
    e = vox.experiment("cfcefd21")
    with pytest.raises(AttributeError, match=r"it is scale\.batch_size"):
        _ = e.batch_size
    with pytest.raises(AttributeError, match=r"has no 'nonsense'$"):
        _ = e.nonsense


def test_a_demo_that_sets_what_no_part_has_is_refused():
    """A classifier reconstructs nothing."""
    e = vox.experiment("cfcefd21")
    layers = vox.experiment("e19098ab").objective.layers
    with pytest.raises(VoxError, match=r"scale.demo sets 'reconstruction_weight'"):
        e.replace(objective=Classifier(layers=layers))
    fitting = replace(e.scale, demo=settings(width=1 / 8))
    assert e.replace(objective=Classifier(layers=layers), scale=fitting).at("demo").networks == (
        "classifier",
    )
    with pytest.raises(VoxError, match="does not say what the demo profile changes"):
        e.replace(scale=replace(e.scale, demo=None)).at("demo")


def test_every_field_has_a_name_of_its_own():
    """`replace` would set another than the one that is meant."""
    for e in vox.experiments():
        names = [f.name for part in e.parts.values() for f in fields(part)]
        assert len({*names, *e.parts, "page"}) == len(names) + len(e.parts) + 1


@pytest.mark.parametrize(
    "value", [{"batch_size": 2**63}, {"width": 1e6}, {"epochs": 1e300}, {"learning_rate": 1e308}]
)
def test_what_no_machine_can_compute_is_refused(value):
    with pytest.raises(vox.VoxError, match="must be at most"):
        vox.experiment("cfcefd21").replace(**value)


def test_hours_makes_up_for_what_was_changed_on_the_experiment_too():
    e = vox.experiment("cfcefd21")
    changed, given = e.replace(epochs=500.0).at("hours"), e.at("hours", epochs=500.0)
    assert changed.optimisation == given.optimisation
    assert changed.scale == given.scale
    kept = e.replace(learning_rate=1e-3).at("hours").optimisation
    assert (kept.learning_rate, kept.decay_epochs) == (1e-3, 25)


def test_fields_that_hold_together_alone_are_replaced_in_any_order():
    e = vox.experiment("cfcefd21")
    one, other = e.replace(bins=1000, frame=2048), e.replace(frame=2048, bins=1000)
    assert one == other
