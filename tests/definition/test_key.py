"""Keys stay while what is computed stays, and change with it."""

import dataclasses
from datetime import date

import pytest
from eight import EIGHT

import vox
from vox.definition import Page
from vox.definition.key import computed, described, digest
from vox.fields import number
from vox.models.specs import LayerDefaults
from vox.objectives import Classifier, StarGAN
from vox.optimisation import Adam, RMSprop
from vox.representation import Spectrogram


def key(e):
    return digest(computed(e))


def keys():
    return {id: key(vox.experiment(id)) for id in EIGHT}


def grown(part):
    """A part of the same kind to which a field has come."""
    kind = dataclasses.make_dataclass(
        type(part).__name__,
        [("fresh", float, number(0.0, least=0))],
        bases=(type(part),),
        frozen=True,
        kw_only=True,
    )
    return kind(**{f.name: getattr(part, f.name) for f in dataclasses.fields(part)})


@pytest.mark.parametrize("name", ["representation", "objective", "optimisation", "scale"])
@pytest.mark.parametrize("id", EIGHT)
def test_a_field_that_comes_new_changes_no_key_until_it_is_set(id, name):
    e = vox.experiment(id)
    more = e.replace(**{name: grown(e.parts[name])})
    assert key(more) == key(e)
    assert key(more.replace(fresh=0.0)) == key(e)
    assert key(more.replace(fresh=0.5)) != key(e)


def test_a_field_set_to_its_default_changes_no_key():
    e = vox.experiment("cfcefd21")
    for f in dataclasses.fields(StarGAN):
        if f.default is not dataclasses.MISSING and getattr(e.objective, f.name) == f.default:
            assert key(e.replace(**{f.name: f.default})) == key(e)
    assert described(Spectrogram(length=66304)) == described(Spectrogram())


@pytest.mark.parametrize(
    "changed",
    [
        {"floor": 1e-5},
        {"classification_reduction": "sum"},
        {"critic_steps": 4},
        {"learning_rate": 2e-5},
        {"decay_epochs": 99},
        {"batch_size": 5},
        {"epochs": 999},
        {"width": 0.5},
        {"optimisation": Adam(learning_rate=1e-5)},
        {"layer_defaults": LayerDefaults(leaky_relu_slope=0.1)},
    ],
)
def test_what_is_computed_changes_the_key(changed):
    e = vox.experiment("cfcefd21")
    assert key(e.replace(**changed)) != key(e)


def test_optimisers_of_one_rate_and_two_kinds_have_two_keys():
    assert described(RMSprop(learning_rate=1e-3)) != described(Adam(learning_rate=1e-3))


def test_a_layer_changes_the_key():
    e = vox.experiment("cfcefd21")
    layers = e.objective.generator
    seen = {key(e), key(e.replace(generator=dataclasses.replace(layers, blocks=5)))}
    seen.add(key(e.replace(generator=dataclasses.replace(layers, skip=True))))
    seen.add(key(e.replace(generator=layers.turned())))
    assert len(seen) == 3  # its filters are square: turned, they are the same
    wide = vox.experiment("31f31449")
    assert key(wide) != key(wide.replace(generator=wide.objective.generator.turned()))


def test_whole_numbers_and_floats_have_one_key():
    e = vox.experiment("cfcefd21")
    assert key(e.replace(epochs=5)) == key(e.replace(epochs=5.0))


@pytest.mark.parametrize("id", EIGHT)
def test_what_a_page_tells_changes_no_key(id):
    e = vox.experiment(id)
    told = {
        "id": "deadbeef", "title": "another", "change": "another", "opened": date(2020, 1, 1),
        "closed": date(2020, 1, 2), "parent": None, "issues": ("module/other",), "tags": ("open",),
        "hours": 1.0, "memory_mib": 1,
    }  # fmt: skip
    assert set(told) == {f.name for f in dataclasses.fields(Page)}
    for name, value in told.items():
        page = dataclasses.replace(e.page, **{name: value})
        assert key(e.replace(page=page)) == key(e), name


def test_what_the_demo_profile_would_change_is_in_no_key_but_its_own():
    e = vox.experiment("cfcefd21")
    other = e.replace(scale=dataclasses.replace(e.scale, demo=e.scale.demo_with(epochs=11)))
    assert key(other) == key(e)
    assert key(other.at("demo")) != key(e.at("demo"))


@pytest.mark.parametrize(
    ("kind", "has_it"),
    [
        (StarGAN, lambda e: e.objective.kind == "stargan"),
        (Classifier, lambda e: e.objective.kind == "classifier"),
        (Spectrogram, lambda e: True),
        (RMSprop, lambda e: True),
        (Adam, lambda e: False),
    ],
)
def test_a_raised_version_changes_keys_of_that_kind_of_part_alone(monkeypatch, kind, has_it):
    before = keys()
    monkeypatch.setattr(kind, "version", 2)
    for id, now in keys().items():
        assert (now != before[id]) == has_it(vox.experiment(id)), id
