"""The package against the command, PyTorch, NumPy and NetworkX."""

import copy
import json
import pickle
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

import rarefy


@pytest.fixture(scope="module")
def data():
    """Series whose class is the sign of what a channel sums to, and a test set of them."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 12, 3)).astype(np.float32)
    y = np.where(X[:, :, 1].sum(axis=1) > 0, "up", "down")
    return X[:200], y[:200], X[200:], y[200:]


@pytest.fixture(scope="module")
def model(data):
    X, y, *_ = data
    return rarefy.train(X, y, layers=[16, 8], epochs=25, learning_rate=0.01)


def command(*arguments):
    done = subprocess.run(
        [sys.executable, "-m", "rarefy", *map(str, arguments)],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(
    "settings",
    [
        {"cell": "lstm", "layers": [7, 5], "epochs": 3, "batch": 16, "seed": 5},
        {
            "cell": "gru",
            "layers": [12],
            "epochs": 2,
            "bidirectional": True,
            "validation_share": 0.2,
        },
        {"cell": "rnn_tanh", "layers": [20], "epochs": 4, "sparsify": "set", "density": 0.2},
    ],
)
def test_training_gives_the_bits_of_the_command(data, tmp_path, settings):
    X, y, X_test, y_test = data
    np.savez(tmp_path / "train.npz", X=X, y=y)
    np.savez(tmp_path / "test.npz", X=X_test, y=y_test)
    names = {"validation_share": "validation", "bidirectional": "bidirectional"}
    options = []
    for key, value in settings.items():
        option = "--" + names.get(key, key)
        if value is True:
            options.append(option)
        else:
            options += [option, ",".join(map(str, value)) if isinstance(value, list) else value]
    theirs = tmp_path / "theirs.safetensors"
    files = ["--train", tmp_path / "train.npz", "--test", tmp_path / "test.npz"]
    said = json.loads(command("train", *files, *options, "--out", theirs, "--json", "-q"))
    model = rarefy.train(X, y, test=(X_test, y_test), **settings)
    assert model.history == said["curve"]
    loaded = rarefy.Model.load(theirs)
    for name, values in model.weights.items():
        np.testing.assert_array_equal(values, loaded.weights[name])
    assert model.evaluate(X_test, y_test)["accuracy"] == said["test_accuracy"]


def test_threads_and_kinds_of_arrays_change_nothing(data):
    X, y, *_ = data
    first = rarefy.train(X, y, layers=[8], epochs=2, jobs=1)
    # Another order in memory, another type, and a list of series.
    for other in [np.asfortranarray(X), X.astype(np.float64), list(X)]:
        again = rarefy.train(other, list(y), layers=[8], epochs=2, jobs=2)
        for name, values in first.weights.items():
            np.testing.assert_array_equal(values, again.weights[name])


def test_answers_are_those_of_numpy(data, model):
    """The equations of a GRU, in double precision."""
    X, y, *_ = data
    weights = {name: array.astype(np.float64) for name, array in model.weights.items()}

    def sigmoid(x):
        return 1 / (1 + np.exp(-x))

    mean, scale = X.mean(axis=(0, 1)), X.std(axis=(0, 1))
    outputs = (X.astype(np.float64) - mean) / scale
    for layer in range(2):
        names = [
            f"recurrent.recurrent_layers.{layer}.{part}" for part in ["weight_ih", "weight_hh"]
        ]
        ih, hh = (weights[name] for name in names)
        biases = [weights[name.replace("weight", "bias")] for name in names]
        hidden = np.zeros((len(X), hh.shape[1]))
        states = []
        for step in range(X.shape[1]):
            x = outputs[:, step] @ ih.T + biases[0]
            h = hidden @ hh.T + biases[1]
            r, z, n = np.split(x, 3, axis=1)
            hr, hz, hn = np.split(h, 3, axis=1)
            r, z = sigmoid(r + hr), sigmoid(z + hz)
            n = np.tanh(n + r * hn)
            hidden = (1 - z) * n + z * hidden
            states.append(hidden)
        outputs = np.stack(states, axis=1)
    [readout] = [name for name, array in weights.items() if array.shape == (2, 8)]
    [bias] = [name for name, array in weights.items() if array.shape == (2,)]
    logits = outputs[:, -1] @ weights[readout].T + weights[bias]
    np.testing.assert_allclose(model.logits(X), logits, atol=2e-5)
    shares = model.predict_proba(X)
    np.testing.assert_allclose(shares.sum(axis=1), 1, atol=1e-6)
    assert list(model.classes_) == ["down", "up"]
    predicted = model.predict(X)
    assert (predicted == model.classes_[logits.argmax(axis=1)]).all()
    assert model.score(X, y) == (predicted == y).mean() > 0.9
    stream = model.stream()
    for step in X[3]:
        stream.step(step)
    np.testing.assert_allclose(stream.logits(), logits[3], atol=2e-5)
    assert stream.predict() == predicted[3]


def test_own_criteria_equal_the_built_in_ones(data, model):
    X, y, *_ = data

    def snip(weights, gradients, inputs):
        return {name: np.abs(weights[name] * g) for name, g in gradients.items()}

    def wanda(weights, gradients, inputs):
        return {name: np.abs(weights[name]) * norms for name, norms in inputs.items()}

    for name, own in [("snip", snip), ("wanda", wanda)]:
        built_in = model.prune(70, X, y, criterion=name).masks
        masks = model.prune(70, X, y, criterion=own).masks
        for weight, mask in masks.items():
            np.testing.assert_array_equal(mask, built_in[weight])


def test_pruning_and_recovery(data, model):
    X, y, X_test, y_test = data
    pruned = model.prune(90)
    counts = np.sum([[mask.size, mask.sum()] for mask in pruned.masks.values()], axis=0)
    assert (
        pruned.sparsity == pytest.approx(1 - counts[1] / counts[0]) == pytest.approx(0.9, abs=2e-3)
    )
    for name, mask in pruned.masks.items():
        assert (pruned.weights[name][~mask] == 0).all()
    seen = []
    recovered = pruned.recover(
        X, y, 20, test=(X_test, y_test), learning_rate=0.01, observe=seen.append
    )
    assert [epoch["epoch"] for epoch in seen] == list(range(21)) and recovered.history == seen
    assert recovered.sparsity == pruned.sparsity
    assert recovered.score(X_test, y_test) > 0.85
    units = model.prune(50, grain="unit")
    small = units.shrink()
    assert small.layers != model.layers
    np.testing.assert_allclose(small.logits(X), units.logits(X), atol=1e-6)


def test_numbers_and_answers_at_each_step(data):
    X, *_ = data
    sums = X.sum(axis=(1, 2))
    model = rarefy.train(X, sums, task="numbers", layers=[16], epochs=20, learning_rate=0.01)
    residual = ((model.predict(X) - sums) ** 2).sum() / ((sums - sums.mean()) ** 2).sum()
    assert model.score(X, sums) == pytest.approx(1 - residual, abs=1e-4)
    both = np.stack([sums, -sums], axis=1)
    two = rarefy.train(X, both, task="numbers", layers=[4], epochs=1)
    assert two.predict(X).shape == (200, 2)
    signs = (X[:, :, 0] > 0).astype(int)
    steps = rarefy.train(X, signs, task="steps", layers=[8], epochs=20, learning_rate=0.01)
    answers = steps.predict(X)
    assert len(answers) == 200 and answers[0].shape == (12,)
    share = (np.stack(answers) == signs).mean()
    assert share > 0.95 and steps.score(X, signs) == pytest.approx(share)


def test_texts_and_series_of_different_lengths():
    rng = np.random.default_rng(2)
    texts = ["".join(rng.choice(list("abc"), size=rng.integers(3, 9))) for _ in range(120)]
    model = rarefy.train(
        texts, [text[-1] for text in texts], layers=[12], epochs=30, readout="last"
    )
    assert model.score(texts, [text[-1] for text in texts]) > 0.9
    stream = model.stream()
    stream.read("abcab")
    assert stream.predict() == model.predict(["abcab"])[0]
    series = [rng.normal(size=(rng.integers(2, 7), 1)) for _ in range(50)]
    labels = [len(one) > 4 for one in series]
    ragged = rarefy.train(series, labels, layers=[4], epochs=1)
    assert ragged.classes_.tolist() == [0, 1] and ragged.predict(series).shape == (50,)


def test_files_copies_and_exports(data, model, tmp_path):
    X, *_ = data
    path = tmp_path / "model.safetensors"
    model.save(path)
    for again in [rarefy.Model.load(path), pickle.loads(pickle.dumps(model)), copy.deepcopy(model)]:
        np.testing.assert_array_equal(again.logits(X), model.logits(X))
    model.to_onnx(tmp_path / "model.onnx")
    model.to_c(tmp_path / "model.c", name="mine")
    assert "mine_" in (tmp_path / "model.c").read_text()
    assert (tmp_path / "model.onnx").stat().st_size > 1000
    model.to_onnx(tmp_path / "stream.onnx", stream=True)
    assert b"next_hidden_0_0" in (tmp_path / "stream.onnx").read_bytes()


def test_models_in_integers_answer_in_integers(data, model, tmp_path):
    X, y, *_ = data
    integers = model.prune(50).recover(X, y, epochs=2, int8=True)
    integers.save(tmp_path / "integers.safetensors")
    again = rarefy.Model.load(tmp_path / "integers.safetensors")
    np.testing.assert_array_equal(again.logits(X), integers.logits(X))
    floats = model.prune(50).recover(X, y, epochs=2)
    assert 0 < abs(integers.logits(X) - floats.logits(X)).max() < 1
    stream = integers.stream()
    for step in X[0]:
        stream.step(step)
    np.testing.assert_array_equal(stream.logits(), integers.logits(X[:1])[0])
    # What changes weights answers in floats again.
    smaller = integers.prune(20)
    smaller.save(tmp_path / "smaller.safetensors")
    assert b"int8" in (tmp_path / "integers.safetensors").read_bytes()
    assert b"int8" not in (tmp_path / "smaller.safetensors").read_bytes()
    integers.to_c(tmp_path / "integers.c")
    assert "int8_t" in (tmp_path / "integers.c").read_text()


def test_torch_modules_come_and_go_back(data):
    torch = pytest.importorskip("torch")

    class Network(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn = torch.nn.GRU(3, 24, num_layers=2, batch_first=True)
            self.out = torch.nn.Linear(24, 2)

        def forward(self, x):
            return self.out(self.rnn(x)[0][:, -1])

    torch.manual_seed(0)
    network = Network()
    X, y, *_ = data
    given = rarefy.Model.from_torch(network)
    before = network(torch.from_numpy(X)).detach().numpy()
    np.testing.assert_allclose(given.logits(X), before, atol=1e-5)
    codes = (y == "up").astype(int)
    recovered = given.prune(90).recover(X, codes, epochs=3)
    network = recovered.to_torch(network)
    after = network(torch.from_numpy(X)).detach().numpy()
    np.testing.assert_allclose(recovered.logits(X), after, atol=1e-5)
    assert abs(after - before).max() > 0.01
    masks = [value for name, value in network.named_buffers() if name.endswith("_mask")]
    kept = sum(int(mask.sum()) for mask in masks)
    assert kept == sum(mask.sum() for mask in recovered.masks.values())


def test_graphs(model):
    networkx = pytest.importorskip("networkx")
    graph = rarefy.Graph.generate("watts_strogatz", nodes=30, k=4, p=0.2, seed=3)
    assert (graph.nodes, len(graph.edges)) == (30, 60)
    assert graph == rarefy.Graph.generate("watts_strogatz", nodes=30, k=4, p=0.2, seed=3)
    theirs = graph.to_networkx()
    assert networkx.is_connected(theirs)
    assert rarefy.Graph.from_networkx(theirs) == graph
    hh = model.graph(layer=1, gate="new")
    name = "recurrent.recurrent_layers.1.weight_hh"
    new = model.weights[name][16:]  # gates reset, update, new of 8 units
    matrix = networkx.to_numpy_array(hh.to_networkx(), nodelist=range(8))
    np.testing.assert_allclose(matrix, new.T)


def test_studies_and_limits(tmp_path, data, model):
    pandas = pytest.importorskip("pandas")
    study = rarefy.Study(
        {
            "name": "two",
            "data": {"reber": {"count": 100}},
            "base": {"cell": "gru", "layers": [4], "epochs": 1, "retrain_epochs": 1},
            "axes": {"seed": [0, 1], "percent": [50, 90]},
        },
        tmp_path / "two",
    )
    assert study.run()["done"] == 6
    assert study.run()["computed"] == 0
    records = study.records()
    assert isinstance(records, pandas.DataFrame) and len(records) == 6
    X, y, X_test, y_test = data
    limits = model.limits(
        X, y, test=(X_test, y_test), percents=[50], scopes="both", retrain_epochs=1, no_dense=True
    )
    assert isinstance(limits.answer, dict)
    ragged = [one[: 6 + at % 7] for at, one in enumerate(X)]
    limits = model.limits(
        ragged, y, test=(X_test, y_test), percents=[50], retrain_epochs=1, no_dense=True
    )
    assert isinstance(limits.answer, dict)


def test_what_cannot_be_says_what_was_expected(data, model):
    X, y, *_ = data

    def firsts(weights, gradients, inputs):
        return {name: array[:, 0] for name, array in weights.items()}

    def nothings(weights, gradients, inputs):
        return {name: array * np.nan for name, array in weights.items()}

    def refused(kind, pattern, call, *arguments, **options):
        with pytest.raises(kind, match=pattern):
            call(*arguments, **options)

    refused(ValueError, r"\(200,\).*\[series, steps, channels\]", rarefy.train, X[:, 0, 0], y)
    refused(ValueError, "199 answers: expected 200", rarefy.train, X, y[1:])
    refused(TypeError, "did you mean 'learning_rate'", rarefy.train, X, y, learning_rates=1)
    refused(ValueError, "epochs", rarefy.train, X, y, epochs=0)
    refused(TypeError, "complex.*numbers", rarefy.train, X.astype(complex), y)
    refused(ValueError, "up", rarefy.train, X, ["up"] * 200)
    refused(ValueError, "X and y", model.prune, 50, criterion="snip")
    refused(ValueError, "150", model.prune, 150)
    refused(ValueError, "magnitud", model.prune, 50, criterion="magnitud")
    refused(ValueError, "2 channels|channels", model.predict, X[:, :, :2])
    refused(ValueError, "no scores", model.prune, 50, X, y, criterion=lambda *_: {})
    refused(TypeError, "expected a dict", model.prune, 50, X, y, criterion=lambda *_: None)
    refused(ValueError, r"\[48\].*expected \[48, 3\]", model.prune, 50, criterion=firsts)
    refused(ValueError, "NaN", model.prune, 50, criterion=nothings)
    hole = X.copy()
    hole[3, 5, 2] = np.nan
    refused(ValueError, r"X\[3\]\[5, 2\] is NaN", rarefy.train, hole, y)
    refused(FileNotFoundError, "model.pt", rarefy.Model.load, "/nowhere/model.pt")
    refused(ValueError, "X is empty", rarefy.train, [], [])
    refused(ValueError, r"\(0, 12, 3\)", rarefy.train, X[:0], y[:0])
    refused(ValueError, r"X\[1\] has rows of different", rarefy.train, [X[0], [[1, 2], [3]]], y[:2])
    refused(TypeError, "single text", rarefy.train, "abc", ["a"])
    refused(TypeError, "y is None", rarefy.train, X, None)
    refused(TypeError, "y is of the type int", rarefy.train, X, 3)
    refused(ValueError, r"y\[1\] is nan", rarefy.train, X[:2], [1.0, float("nan")])
    refused(ValueError, r"y\[1\] is None", rarefy.train, X[:2], ["up", None])
    refused(TypeError, r"y\[0\] is .*each step", rarefy.train, X, y, task="steps")
    refused(ValueError, "'labels'.*'class', 'steps'", rarefy.train, X, y, task="labels")
    refused(TypeError, r"expected \(X, y\)", rarefy.train, X, y, test=X)
    refused(ValueError, "^layers: .*sequence$", rarefy.train, X, y, layers=4)
    refused(ValueError, "did you mean gru\\?$", rarefy.train, X, y, cell="gruu")
    refused(TypeError, "cell.*network", model.recover, X, y, cell="lstm")
    refused(ValueError, '"q"', rarefy.Graph.generate, "gnp", nodes=4, q=1)
    refused(RuntimeError, "nowhere.toml", rarefy.Study("/nowhere.toml", out="/nowhere").run)


def test_frames_and_objects_are_arrays(data):
    pandas = pytest.importorskip("pandas")
    X, y, *_ = data
    wide = X[:, :, 1]
    first = rarefy.train(wide, y, layers=[4], epochs=1)
    frame = pandas.DataFrame(wide)
    for other in [frame, frame.astype("Float32"), wide.astype(object), [list(one) for one in wide]]:
        for labels in [pandas.Series(y), pandas.Series(y, dtype="category"), list(y)]:
            again = rarefy.train(other, labels, layers=[4], epochs=1)
            for name, values in first.weights.items():
                np.testing.assert_array_equal(values, again.weights[name])
    with pytest.raises(TypeError, match="object: expected numbers"):
        rarefy.train(pandas.DataFrame({"a": [1, 2], "b": ["x", "y"]}), ["up", "down"])


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_numbers_are_read_where_they_lie():
    script = (
        "import numpy, rarefy\n"
        "def peak():\n"
        "    lines = open('/proc/self/status').read().splitlines()\n"
        "    return int(next(line for line in lines if line.startswith('VmHWM')).split()[1])\n"
        "X = numpy.zeros((4000, 50, 250), numpy.float32)\n"  # 200 MB
        "X[:] = numpy.random.default_rng(0).normal(size=X.shape[1:])\n"
        "X[::2] *= -1\n"
        "y = numpy.arange(4000) % 2\n"
        "def use(X, y):\n"
        "    model = rarefy.train(X, y, layers=[2], epochs=1, validation_share=0.1)\n"
        "    model.predict(X)\n"
        "    model.prune(50).recover(X, y, 1)\n"
        "use(X[:400], y[:400])\n"  # what batches take
        "before = peak()\n"
        "use(X, y)\n"
        "print(peak() - before)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], stdout=subprocess.PIPE, check=True)
    # Buffers of batches vary by some KiB with the number of rows; a copy would take 195,312.
    assert int(done.stdout) < 5000


def test_exceptions_and_interrupts_end_training(data):
    X, y, *_ = data
    seen = []

    def stop(epoch):
        seen.append(epoch)
        raise KeyError("enough")

    with pytest.raises(KeyError, match="enough"):
        rarefy.train(X, y, layers=[8], epochs=50, observe=stop)
    assert len(seen) == 1
    # Many short epochs, and one that takes minutes.
    for count, epochs in [(500, 100000), (20000, 2)]:
        script = (
            "import signal, numpy, rarefy\n"
            # A shell that runs the tests in the background has it ignored.
            "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
            f"X = numpy.random.normal(size=({count}, 200, 4)).astype('float32')\n"
            "print('begins', flush=True)\n"
            f"rarefy.train(X, X[:, 0, 0] > 0, layers=[32], epochs={epochs})\n"
        )
        process = subprocess.Popen(
            [sys.executable, "-c", script],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stdout.readline() == "begins\n"
        time.sleep(1)
        sent = time.monotonic()
        process.send_signal(signal.SIGINT)
        assert "KeyboardInterrupt" in process.communicate(timeout=30)[1]
        assert process.returncode != 0
        assert time.monotonic() - sent < 5


def test_a_notebook_sees_what_was_pruned(model):
    page = model.prune(60, scope="hh", ranking="matrix")._repr_html_()
    assert page.count("<img") == 4 and "60.0%" in page and "0.0%" in page


def test_the_command_is_there():
    assert command("--version").startswith("rarefy ")
    assert "Pruning" in command("prune", "--help")
    wrong = subprocess.run([sys.executable, "-m", "rarefy", "prun"], capture_output=True, text=True)
    assert wrong.returncode == 2 and "prune" in wrong.stderr


def test_tensorboard_and_other_tools_read_the_logs(data, tmp_path):
    events = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    X, y, X_test, y_test = data
    np.savez(tmp_path / "train.npz", X=X, y=y)
    np.savez(tmp_path / "test.npz", X=X_test, y=y_test)
    files = ["--train", tmp_path / "train.npz", "--test", tmp_path / "test.npz"]
    settings = [*files, "--cell", "gru", "--layers", 6, "--epochs", 3, "--seeds", 2, "-q", "--json"]
    out = tmp_path / "small.safetensors"
    board = ["--log", f"tensorboard={tmp_path / 'runs'}"]
    command("train", *settings, "--out", out, *board)
    lines = tmp_path / "epochs.jsonl"
    command("train", *settings, "--out", out, "--log", f"jsonl={lines}")
    epochs = [json.loads(line) for line in lines.read_text().splitlines()]
    assert sorted((epoch["seed"], epoch["epoch"]) for epoch in epochs) == [
        (seed, epoch) for seed in range(2) for epoch in range(1, 4)
    ]
    for seed in range(2):
        run = events.EventAccumulator(str(tmp_path / "runs" / "small" / f"seed{seed}"))
        run.Reload()
        theirs = sorted((e for e in epochs if e["seed"] == seed), key=lambda e: e["epoch"])
        assert "accuracy/test" in run.Tags()["scalars"]
        for tag, key in [("accuracy/test", "test_accuracy"), ("loss/train", "train_loss")]:
            seen = run.Scalars(tag)
            assert [event.step for event in seen] == [1, 2, 3]
            np.testing.assert_allclose(
                [event.value for event in seen], [epoch[key] for epoch in theirs], rtol=1e-6
            )
