"""What decides a run: its key, and that it is read back as it was written."""

import json
from dataclasses import replace

import pytest
from cattrs import BaseValidationError
from eight import EIGHT

import vox
from vox.labels import PAGE
from vox.models.specs import AutoencoderLayers, conv
from vox.objectives import Autoencoder, Objective
from vox.optimisation import Adam, Optimisation
from vox.representation import Representation
from vox.runs import Spec
from vox.runs.spec import converter

KEYS = {
    "54314b33": "19e0462226ed",
    "7a184ccb": "05af347a3f13",
    "e19098ab": "4cda2666b6ee",
    "47c97768": "5062038b3d2f",
    "31f31449": "58270c454687",
    "9ada9179": "b3addaacd6fd",
    "fbf548f6": "0c985b9dae85",
    "cfcefd21": "5db567c3064c",
}
"""At the demo scale, of the embedded corpus, seed 0, on a CPU with torch 2.13.0."""


def spec_of(e, **how):
    """The spec of a run on the embedded corpus."""
    corpus = vox.load_corpus("demo")
    return Spec(e, corpus.labels, corpus.fingerprint, seed=0, device="cpu", **how)


@pytest.mark.parametrize("id", EIGHT)
def test_keys_at_the_demo_scale_are_those_that_runs_were_made_under(id):
    """If this fails, runs that people have are trained again: only a new default does that."""
    spec = spec_of(vox.experiment(id).at("demo"), torch="2.13.0")
    assert spec.key == KEYS[id]
    assert spec.folder("runs").name == f"{id}-{KEYS[id]}"


def test_settings_that_compute_something_else_have_another_key(tiny):
    spec = spec_of(tiny)
    told = tiny.replace(page=replace(tiny.page, title="another title"))
    assert replace(spec, experiment=told).key == spec.key
    for changed in (
        replace(spec, experiment=tiny.replace(classification_reduction="sum")),
        replace(spec, experiment=tiny.replace(floor=1e-5)),
        replace(spec, experiment=tiny.replace(optimisation=Adam(learning_rate=1e-3))),
        replace(spec, labels=PAGE),
        replace(spec, fingerprint="other"),
        replace(spec, device="cuda"),
        replace(spec, seed=1),
        replace(spec, torch="2.11.0"),
    ):
        assert changed.key != spec.key


def there_and_back(spec):
    """Through the text of run.json."""
    return converter.structure(json.loads(json.dumps(converter.unstructure(spec))), Spec)


@pytest.mark.parametrize("profile", ["page", "demo"])
@pytest.mark.parametrize("id", EIGHT)
def test_every_experiment_is_read_back_as_it_was_written(id, profile):
    e = vox.experiment(id)
    spec = spec_of(e.at(profile))
    again = there_and_back(spec)
    assert again == spec
    assert again.key == spec.key
    assert again.experiment.page is e.page  # with its parent
    assert again.experiment.stated is e
    assert again.experiment.changes(e) == spec.experiment.changes(e)


def test_other_optimisers_and_objectives_are_read_back_too(tiny):
    layers = AutoencoderLayers(
        encoder=(conv(8, 4, 2, 1, activation="leaky_relu", norm=True, norm_last=True),),
        decoder=(conv(1, 4, 2, 1, activation="softplus", transposed=True),),
    )
    own = replace(tiny.scale, demo=None)
    for e in (
        tiny.replace(optimisation=Adam(learning_rate=3e-4, beta1=0.5, weight_decay=0.01)),
        tiny.replace(objective=Autoencoder(layers=layers), scale=own),
        tiny.replace(representation=replace(tiny.representation, pixel_scale="negative_log")),
    ):
        again = there_and_back(spec_of(e))
        assert again.experiment == e
        assert type(again.experiment.objective) is type(e.objective)
        assert type(again.experiment.optimisation) is type(e.optimisation)
        assert again.key == spec_of(e).key


def test_an_experiment_of_ones_own_file_is_read_back_without_it(tiny):
    e = tiny.replace(page=replace(tiny.page, id="mine", title="t", parent=tiny.stated))
    again = there_and_back(spec_of(e))
    assert again.experiment.parts == e.parts
    assert (again.experiment.id, again.experiment.parent) == ("mine", "cfcefd21")
    assert again.key == spec_of(e).key


def test_a_kind_that_nobody_knows_is_told(tiny):
    told = converter.unstructure(spec_of(tiny))
    told["experiment"]["objective"]["kind"] = "diffusion"
    with pytest.raises(BaseValidationError) as caught:
        converter.structure(told, Spec)
    said = "".join(map(str, _leaves(caught.value)))
    assert "objective of the kind 'diffusion', which is none of autoencoder, classifier" in said


def _leaves(error):
    inner = getattr(error, "exceptions", ())
    return [leaf for each in inner for leaf in _leaves(each)] if inner else [error]


@pytest.mark.parametrize("base", [Representation, Objective, Optimisation])
def test_no_two_kinds_of_a_part_have_one_name(base):
    def below(kind):
        return [each for k in kind.__subclasses__() for each in (k, *below(k))]

    # a kind may stand below two others
    own = {k for k in below(base) if k.__module__.startswith("vox.") and k.kind}
    assert len({k.kind for k in own}) == len(own) > 0
