"""The classifier's one step."""

import torch
from gradients import SPACE, reached

import vox
from vox.training.state import step


def test_a_classifier_step_ignores_what_is_not_labelled():
    torch.manual_seed(0)
    e = vox.experiment("e19098ab").replace(width=1 / 64)
    classifier = e.classifier(SPACE)
    image, index = torch.rand(3, 1, 256, 256), torch.tensor([[0, -1], [2, -1], [1, -1]])

    def losses():
        return e.objective.losses("classifier", {"classifier": classifier}, SPACE, (image, index))

    terms = losses()
    names = reached(terms["classification"], classifier)
    assert "classes.speaker.conv.weight" in names
    assert "classes.sex.conv.weight" not in names
    assert torch.isnan(terms["accuracy_sex"])
    assert 0 <= terms["accuracy_speaker"] <= 1
    optimizer = e.replace(learning_rate=1e-3).optimisation.build(classifier.parameters())
    weights = e.objective.weights("classifier")
    first = terms["classification"].item()
    for _ in range(5):
        step(optimizer, losses(), weights)
    last = losses()
    assert last["classification"].item() < first
    assert last["accuracy_speaker"] == 1
