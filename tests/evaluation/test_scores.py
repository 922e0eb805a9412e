"""Scores of conversions whose worth is known: a copy, the target itself, an untrained network."""

import json
import re
from dataclasses import replace
from types import MethodType

import numpy as np
import pytest
import soundfile
from conftest import tone

import vox
from vox import notebook
from vox.cli import main
from vox.corpus import Recording
from vox.evaluation import SCORES, SYSTEMS, Evaluation, Interval, Pair, interval, judges, scores
from vox.evaluation.scores import Kept, pairs
from vox.evaluation.verdicts import met as _met

COUNT = 4


@pytest.fixture(scope="module")
def corpus():
    return vox.load_corpus("demo")


@pytest.fixture(scope="module")
def trained(tmp_path_factory, corpus):
    """A run of a moment on the embedded corpus: worthless, but it converts."""
    e = vox.experiment("cfcefd21").replace(width=1 / 32, batch_size=2, epochs=0.05)
    return vox.train(e, corpus, "cpu", "page", directory=tmp_path_factory.mktemp("runs"))


@pytest.fixture
def run(trained, tmp_path):
    """The same run without the scores that another test left beside it."""
    import shutil

    folder = tmp_path / trained.folder.name
    shutil.copytree(trained.folder, folder, ignore=shutil.ignore_patterns("scores"))
    return vox.Run(folder)


def test_pairs_are_held_out_parallel_and_go_round(corpus):
    names = next(g.classes for g in corpus.labels.groups if g.name == "speaker")
    chosen = pairs(corpus, names, 24)
    assert len(chosen) == len(set(chosen)) == 24
    assert all(p.source.split == p.target.split == "test" for p in chosen)
    assert all(p.parallel and p.speakers[0] != p.speakers[1] for p in chosen)
    for side in (0, 1):
        counted = [[p.speakers[side] for p in chosen].count(name) for name in names]
        assert set(counted) == {3}
    assert chosen[:8] == pairs(corpus, names, 8)


def test_pairs_of_a_source_that_the_run_does_not_know(corpus):
    known = [name for name in corpus.labels.groups[0].classes if name != "anika"]
    chosen = pairs(corpus, known, 5, ["anika"])
    assert {pair.speakers[0] for pair in chosen} == {"anika"}
    behind = sorted([*known, "anika"]).index("anika")  # the next by name first
    assert [pair.speakers[1] for pair in chosen] == (known[behind:] + known[:behind])[:5]
    assert all(pair.source.split == "test" for pair in chosen)


def test_pairs_need_two_speakers_that_the_run_knows(corpus):
    with pytest.raises(vox.VoxError, match="two speakers that the run knows, and it has them of 1"):
        pairs(corpus, ["anika", "nobody"], 4)


def test_an_interval_is_that_of_the_bootstrap():
    values = np.random.default_rng(1).normal(3, 2, 400)
    found = interval(values)
    error = values.std() / np.sqrt(400)
    assert found.mean == pytest.approx(values.mean())
    assert found.low == pytest.approx(values.mean() - 1.96 * error, abs=0.3 * error)
    assert found.high == pytest.approx(values.mean() + 1.96 * error, abs=0.3 * error)
    assert str(interval(np.array([0.5, np.nan]))) == "0.50 [1/2]"
    assert str(interval(np.array([np.nan]))) == "—"
    assert str(interval(np.array([1.0, 1.0]))) == "1.00 (1.00, 1.00)"


@pytest.mark.parametrize(
    ("low", "high", "met"), [(0.8, 1, True), (0.7, 1, None), (0.2, 0.7, False)]
)
def test_a_verdict_is_open_where_its_interval_holds_the_threshold(low, high, met):
    assert _met(Interval(0.9, low, high, 16, 16), at_least=0.75) is met
    lost = Interval(0.1, 1 - high, 1 - low, 16, 16)
    assert _met(lost, at_most=0.25) is met
    assert _met(interval(np.array([np.nan])), at_most=0.25) is None


def test_scores_are_kept_under_any_id(tmp_path):
    """Ids may look like numbers, or be called NA."""
    calls = []

    def score(pair, systems):
        calls.append(pair)
        told = {s.name: 0.5 for s in SCORES} | {"distortion": np.nan}
        return [{"source": pair.source.file, "target": pair.target.file, "system": "output"} | told]

    names = [("0001", "NA"), ("1001", "nan"), ("1", "a,b")]
    made = [Pair(Recording(a, {}), Recording(b, {})) for a, b in names]
    for _ in range(2):
        kept = Kept(tmp_path / "x.csv", ("output",))
        tables = [kept.of(pair, score) for pair in made]
    assert len(calls) == 3
    assert [tuple(t.iloc[0][["source", "target"]]) for t in tables] == names
    assert np.isnan(tables[0]["distortion"].iloc[0])
    whole = (tmp_path / "x.csv").read_text()
    last = whole.splitlines()[-1]
    broken = ("a,b\n1,2\n", "", "\0", whole.replace("0.5", "x"), whole + last, whole[:-20])
    for i, text in enumerate(broken, 1):  # another program's, or a damaged disk's: scored again
        (tmp_path / "x.csv").write_text(text)
        assert len(Kept(tmp_path / "x.csv", ("output",)).of(made[-1], score)) == 1
        assert len(calls) == 3 + i


def test_a_voice_is_not_known_by_what_is_scored(run, corpus, monkeypatch):
    """The profile of a speaker holds neither recording of the pair."""
    heard = []
    monkeypatch.setattr(judges, "voice", lambda pcm: heard.append(len(pcm)) or np.ones(256))
    few = replace(corpus, recordings=tuple(replace(r, split="train") for r in corpus.recordings))
    scorer = scores.Scorer(run, few)
    pair = Pair(few.select(speaker="anika")[0], few.select(speaker="ivan")[0])
    for name, scored in (("anika", pair.source), ("ivan", pair.target)):
        heard.clear()
        scorer.voice(name, pair).embedding  # noqa: B018
        assert len(heard) == scores.PROFILE
        wanted = [len(scorer.heard(r)) for r in few.select(speaker=name) if r != scored]
        assert heard == wanted[: scores.PROFILE]


def convert_by(run, how):
    """Give a run another way of converting."""
    run.convert = MethodType(lambda self, pcm, **labels: how(pcm, **labels), run)
    return run


def test_a_copy_keeps_the_words_and_is_not_the_target(run, corpus):
    convert_by(run, lambda pcm, **labels: run.experiment.representation.copy_synthesis(pcm))
    run.experiment = run.experiment.replace(floor=1e-5)
    found = Evaluation(run, corpus, 4)
    content, target = found.verdicts
    assert content.met is True
    assert content.measured.mean <= content.beside.mean < 0.1
    assert target.met is False
    assert found.means["output"]["target_wins"].mean < 0.5


def test_the_target_itself_is_recognised(run, corpus):
    same = {pcm.tobytes(): p for p in pairs(corpus, ["anika", "ivan", "victor"], 3)
            for pcm in [corpus.pcm(p.source)]}  # fmt: skip

    def by_the_target(pcm, *, speaker):
        text = same[pcm.tobytes()].source.text
        return next(corpus.pcm(r) for r in corpus.select("test", speaker=speaker) if r.text == text)

    run.labels = vox.LabelSpace.of({"speaker": ["anika", "ivan", "victor"]})
    convert_by(run, by_the_target)
    run.target = lambda **labels: None
    found = Evaluation(run, corpus, 3)
    assert found.means["output"]["target_wins"].mean == 1
    assert found.means["output"]["target_first"].mean == 1
    assert found.verdicts[0].met is not False  # it is its own bound, but for the representation
    assert found.verdicts[1].met is None  # three of three leave it open
    assert found.means["output"]["distortion"].mean == 0
    assert found.means["output"]["pitch_distance"].mean < 2


def test_silence_gets_the_worst_of_each(run, corpus):
    convert_by(run, lambda pcm, **labels: np.zeros_like(pcm))
    means = Evaluation(run, corpus, 2).means["output"]
    assert means["phone_error"].mean == 1
    assert means["similarity_target"].mean == 0
    assert means["target_wins"].mean == means["target_first"].mean == 0
    assert means["quality"].mean == 1
    assert means["pitch_correlation"].count == 0


def test_what_conversions_stand_beside(run, corpus):
    found = Evaluation(run, corpus, COUNT)
    assert list(found.utterances.columns) == [
        "source",
        "target",
        "system",
        *(s.name for s in SCORES),
    ]
    assert len(found.utterances) == COUNT * len(SYSTEMS)
    mean = {system: {k: v.mean for k, v in of.items()} for system, of in found.means.items()}
    assert mean["source"]["phone_error"] == 0
    assert mean["source"]["pitch_correlation"] == pytest.approx(1)
    assert mean["copy"]["phone_error"] > 0
    assert mean["target"]["distortion"] == 0
    assert mean["target"]["target_wins"] == mean["ceiling"]["target_wins"] == 1
    assert mean["target"]["target_first"] == 1
    assert mean["source"]["target_wins"] == mean["source"]["target_first"] == 0
    assert mean["target"]["similarity_target"] > mean["ceiling"]["similarity_target"]
    assert mean["ceiling"]["similarity_target"] > mean["output"]["similarity_target"]
    assert np.isnan(mean["target"]["pitch_correlation"])
    assert set(found.examples) == {"best", "median", "worst"}
    assert 0 <= found.fooled <= 1
    assert found.figure().alt.count(";") == len(SYSTEMS) - 1


def test_scoring_goes_on_where_it_was_interrupted(run, corpus, monkeypatch, tmp_path):
    monkeypatch.setenv("VOX_CACHE", str(tmp_path / "cache"))  # nothing is scored yet
    whole = judges.quality
    heard = 0

    def interrupted(pcm):
        nonlocal heard
        heard += 1
        if heard > len(SYSTEMS) + 2:
            raise KeyboardInterrupt
        return whole(pcm)

    monkeypatch.setattr(judges, "quality", interrupted)
    with pytest.raises(KeyboardInterrupt):
        Evaluation(run, corpus, 2)
    heard = 0
    again = Evaluation(run, corpus, 2)
    assert heard == len(SYSTEMS)  # the second of two
    heard = 0
    assert Evaluation(run, corpus, 2).utterances.equals(again.utterances)
    assert heard == 0


def test_the_command_line_writes_a_page(run, monkeypatch, capsys):
    how = ["evaluate", str(run.folder), "--count", "2"]
    assert main(how) == 0
    told = capsys.readouterr().out
    for words in ("phone_error", "conversion", "content kept: ", "target recognised: ", "no score"):
        assert words in told
    page = (run.folder / "evaluation" / "index.html").read_text(encoding="utf-8")
    assert page.count("<audio") == 3 * len(SYSTEMS)
    assert "http" not in page
    assert (run.folder / "evaluation" / "scores.csv").read_text().count("\n") == 1 + 2 * 5
    assert (run.folder / "evaluation" / "scores.png").stat().st_size > 10_000
    assert main([*how[:2], "--count", "0"]) == 1
    monkeypatch.setattr(judges, "find_spec", lambda name: None)
    assert main(how) == 1
    assert "pip install -c constraints.txt -e '.[evaluation]'" in capsys.readouterr().err


def test_a_source_that_the_corpus_does_not_have_is_told(corpus):
    with pytest.raises(vox.VoxError, match="unknown source 'alexx'; did you mean 'alex'"):
        pairs(corpus, corpus.labels.classes("speaker"), 4, ["alexx"])


def test_a_corpus_that_changed_or_moved_is_told(tmp_path, capsys):
    e = vox.experiment("cfcefd21").replace(width=1 / 32, batch_size=2, epochs=1)
    folder = tmp_path / "voices"
    for speaker, frequency in (("ada", 220), ("bob", 110)):
        (folder / speaker).mkdir(parents=True)
        for i in range(4):
            soundfile.write(folder / speaker / f"{i}.wav", tone(frequency + i, 1.5), 16_000)
    run = vox.train(e, vox.load_corpus(folder), "cpu", "page", directory=tmp_path / "runs")
    assert run.corpus == str(folder)
    assert str(tmp_path) not in json.dumps(run.provenance)
    (folder / "ada" / "0.wav").unlink()
    assert main(["evaluate", str(run.folder)]) == 1
    assert "no longer what" in capsys.readouterr().err
    folder.rename(tmp_path / "elsewhere")
    assert main(["evaluate", str(run.folder)]) == 1
    assert "--corpus says where it is now" in capsys.readouterr().err


def test_a_classifier_is_refused(tiny, corpus, tmp_path, capsys):
    e = vox.experiment("e19098ab").replace(width=1 / 64, batch_size=2, epochs=0.02)
    run = vox.train(e, corpus, "cpu", "page", directory=tmp_path)
    assert main(["evaluate", str(run.folder)]) == 1
    assert "trains classifier and converts nothing" in capsys.readouterr().err


def test_a_notebook_without_judges_says_what_to_install_and_runs(run, corpus, monkeypatch):
    monkeypatch.setattr(judges, "find_spec", lambda name: None)
    found = notebook.Scores(run, corpus)
    for shown in (found, found.figure(), found.examples(), found.verdicts(), found.diagnosis()):
        assert "pip install" in shown._repr_html_()
        assert "pip install" in repr(shown)


def test_a_notebook_shows_scores(run, corpus):
    found = notebook.Scores(run, corpus, 2)
    table = found.table()
    assert len(table.rows) == len(found.evaluation.scores)
    assert "変換 2 件" in table.header[0]
    words, beside, target = found.verdicts().rows
    assert "入力の写しだけ" in beside[1]
    assert words[-1] in ("満たす", "満たさない", "決まらない")
    assert target[-1] in ("満たす", "満たさない", "決まらない")
    shown = found.examples()._repr_html_()
    assert shown.count("<audio") == 3 * 5
    assert shown.count("その複製合成 (上限)") == shown.count("入力の写し") > 0
    sentence = next(iter(found.evaluation.examples.values())).source.text
    assert f'<p class="vox-said" lang="en">{sentence}</p>' in shown
    assert re.search(r"最も悪い例 \(\w+ → \w+、音素の誤り", shown)


def test_scores_of_another_corpus_are_kept_apart(run, corpus):
    one = scores.Scorer(run, corpus)
    other = scores.Scorer(run, replace(corpus, fingerprint="0" * 64))
    assert one._own.path != other._own.path
    assert one._others.path != other._others.path
