"""The face of notebooks: parameters, players, claims, examples, copies."""

import base64
import io
import re

import numpy as np
import pytest
import soundfile
from conftest import tone

import vox
from vox import notebook
from vox.audio import rms
from vox.evaluation import LabelEffect
from vox.words import OPEN

GIVEN = {
    "corpus": "demo", "profile": "auto", "device": "cpu", "seed": 0, "directory": "runs",
    "epochs": None, "batch_size": None, "learning_rate": None, "width": None,
}  # fmt: skip


def test_parameters_scale_an_experiment():
    p = notebook.parameters({**GIVEN, "epochs": 3, "width": 0.5})
    e = p.scaled(vox.experiment("cfcefd21"))
    demo = vox.experiment("cfcefd21").at("demo")
    assert (e.scale.epochs, e.scale.width, e.scale.batch_size) == (3, 0.5, demo.scale.batch_size)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"seed": "1"}, "seed must be a whole number, not '1'"),
        ({"seed": True}, "seed must be a whole number, not True"),
        ({"seed": -1}, "seed must be at least 0"),
        ({"epochs": "many"}, "epochs must be a finite number, not 'many'"),
        ({"batch_size": 2.5}, "batch_size must be a whole number, not 2.5"),
        ({"profile": "dem"}, "unknown profile 'dem'; did you mean 'demo'"),
        ({"device": "gpu"}, "device 'gpu' cannot be used"),
        ({"In": ["", "# Parameters\nepoch = 3\n"]}, "unknown parameter 'epoch'; did you mean"),
    ],
)
def test_wrong_parameters_are_errors(wrong, message):
    with pytest.raises(vox.VoxError, match=re.escape(message)):
        notebook.parameters({**GIVEN, **wrong})


def test_names_of_ones_own_are_no_parameters():
    cells = ["", "# my settings\nepoch = 3\n"]
    assert notebook.parameters({**GIVEN, "In": cells, "epoch": 3}).epochs is None


def test_players_have_one_loudness_and_hold_the_sound():
    shown = notebook.Players({"a": tone(200, 1) * 0.01, "b": tone(300, 0.5)})._repr_html_()
    levels, lengths = [], []
    for data in re.findall(r"data:audio/flac;base64,([^\"]+)", shown):
        pcm, rate = soundfile.read(io.BytesIO(base64.b64decode(data)))
        levels.append(rms(pcm))
        lengths.append(len(pcm) / rate)
    assert levels[0] == pytest.approx(levels[1], rel=0.01)
    assert lengths == [1, 0.5]


def test_a_conversion_tells_its_sentence_and_holds_the_ceiling():
    from vox.runs.find import VOICES

    example = notebook.example(vox.load_corpus("demo"))
    said = f'<p class="vox-said" lang="en">{example.source.text}</p>'
    assert example._repr_html_().startswith(said)
    shown = notebook.Conversion(vox.Run(VOICES), example)
    assert shown._repr_html_().startswith(said + '<div class="vox-players"')
    assert shown._repr_html_().count("<audio") == len(shown.sounds) == 5
    ceiling = shown.representation.copy_synthesis(example.target_pcm)
    np.testing.assert_array_equal(shown.sounds["目標の複製合成 (上限)"], ceiling)
    assert "copy synthesis of source" in shown.figure().alt


def test_players_and_tables_cannot_inject_markup():
    hostile = "<script>alert(1)</script>"
    silence = np.zeros(100, np.float32)
    assert "<script>" not in notebook.Players({hostile: silence})._repr_html_()
    claim = notebook.Claim(hostile, hostile, True)
    assert "<script>" not in notebook.claims(claim)._repr_html_()


def test_verdicts():
    verdicts = [notebook.Claim("", "", holds).verdict for holds in (True, False, OPEN, None)]
    assert verdicts == ["再現", "不再現", "決まらない", "この環境では測れない"]


def test_the_effect_of_a_label_is_data_too():
    effect = LabelEffect(0.1, 0.2, 0.3, 0.4, 0.5, 0.6, float("inf"))
    shown = notebook.effect_table(effect)._repr_mimebundle_()
    told = shown[notebook.EFFECT]
    assert (told["between_labels"], told["input_variance"]) == (0.1, 0.4)
    assert told["halves"] is None  # no number of JSON
    assert "<td" in shown["text/html"]


def test_example_speakers_differ_in_sex_and_say_the_same():
    corpus = vox.load_corpus("demo")
    source, target = notebook.speakers(corpus)
    one, other, same = notebook.parallel(corpus, source, target)
    assert same
    assert one.text == other.text
    assert one.split == other.split == "test"
    assert one.labels["sex"] != other.labels["sex"]


def test_copy_synthesis_loses_less_with_a_lower_floor():
    corpus = vox.load_corpus("demo")
    pcm = corpus.pcm(corpus.recordings[0])
    copies = notebook.CopySynthesis(pcm, vox.Spectrogram(length=17152), (1e-3, 1e-5))
    table = copies.table
    assert [len(sound) for sound in copies.sounds.values()] == [len(pcm)] * 3
    shares = [float(row[1].rstrip("%")) for row in table.rows]
    convergence = [float(row[3].split()[0]) for row in table.rows]
    assert shares[0] > 50 > shares[1]
    assert convergence[1] < convergence[0] < 0
