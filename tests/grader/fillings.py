"""What a test writes into the blanks of each template: for each file the lines that take the places of its
blanks, in their order. Nothing else of a template is touched, so a proof of these is a proof of its frame."""

from __future__ import annotations

from collections.abc import Mapping

from grader.templates import blanks

HINTS = ['  "Look at one number first.",', '  "With three numbers it is three steps.",', '  "Write it.",']


def mutant(name: str, tell: str, old: str, new: str) -> list[str]:
    quoted = [f"'''{text}'''" for text in (old, new)]
    return [f'name = "{name}"', f'tell = "{tell}"', f"replace = {quoted[0]}", f"with = {quoted[1]}"]


def filled(files: Mapping[str, str], filling: Mapping[str, list[str]]) -> dict[str, str]:
    """The files with every blank replaced. There are as many lines in a filling as blanks in its file."""
    left = {path: list(lines) for path, lines in filling.items()}
    done = {path: text.split("\n") for path, text in files.items()}
    for blank in blanks(files):
        done[blank.file][blank.line - 1] = left[blank.file].pop(0)
    assert not any(left.values()), left
    return {path: "\n".join(lines) for path, lines in done.items()}


FUNCTION = {
    "exercise.toml": [
        'summary = "Smooth a noisy series by averaging each window of it."',
        'names = ["scipy", "torch", "numpy.convolve"]',
        'title = "Average each window"',
        *HINTS,
    ],
    "task.md": [
        "A loss curve jumps up and down. The mean of the last few numbers shows where it is going.",
        "## Task 1: average each window",
        "Write `running_mean(x, k)`. `x` holds $n$ numbers; return an array of the $n - k + 1$ means.",
        r"m_i = \frac{1}{k} \sum_{j=0}^{k-1} x_{i+j}",
        "**Example.** `running_mean([1, 2, 4], 2)` is `[1.5, 3]`.",
        "**Set aside here**: `np.convolve`, scipy and torch.",
    ],
    "starter.py": ["def running_mean(x, k):", '    """The mean of each window of k numbers of x."""'],
    "reference.py": [
        "def running_mean(x, k):",
        '    """Differences of running sums."""',
        "    total = np.cumsum(np.concatenate([[0.0], x]))\n    return (total[k:] - total[:-k]) / k",
    ],
    "probes.py": [
        "def exact(x, k):",
        "    return np.array([sum(x[i : i + k]) / k for i in range(len(x) - k + 1)])",
        '    "Five numbers, windows of two"',
        '    return {"x": rng.normal(size=5), "k": 2}',
        '    "Windows of many sizes"',
        '    return [{"x": rng.normal(size=n), "k": k} for n, k in [(7, 3), (12, 5), (9, 4)]]',
        '    "One window that is everything, and windows of one number"',
        '    return [{"x": rng.normal(size=n), "k": k} for n, k in [(6, 6), (5, 1), (1, 1)]]',
    ],
    "alternatives/with_loops.py": [
        '"""With a loop over the windows."""',
        "def running_mean(x, k):",
        "    return np.array([np.mean(x[i : i + k]) for i in range(len(x) - k + 1)])",
    ],
    "alternatives/in_other_words.py": [
        '"""The windows as rows of an array."""',
        "def running_mean(x, k):",
        "    return np.lib.stride_tricks.sliding_window_view(x, k).mean(axis=1)",
    ],
    "mutants.toml": [
        *mutant("sums", "Your windows are summed: divide by k.", ") / k", ")"),
        *mutant("divides_by_n", "Each window holds k numbers, not n.", ") / k", ") / len(x)"),
        *mutant(
            "last_window_lost",
            "The last window is missing.",
            "total[k:] - total[:-k]",
            "total[k:-1] - total[:-k - 1]",
        ),
        *mutant("running_sum", "This averages all until there.", "total[k:] - total[:-k]", "total[k:]"),
    ],
}

GRADIENT = {
    "exercise.toml": ['summary = "A layer of tanh, forward and back."', *HINTS, *HINTS],
    "task.md": [
        "Recurrent nets are made of it.",
        "Write `running_mean_fwd(x, W, b)`. It returns `(out, cache)`.",
        r"y = \tanh(xW + b)",
        "Write `running_mean_bwd(dout, cache)`. It returns `dx, dW, db`.",
        "**Example.** With zeros for `x` it returns `tanh(b)`.",
    ],
    "starter.py": [
        "def running_mean_fwd(x, W, b):",
        '    """x [N, D], W [D, K], b [K] -> (out [N, K], cache)"""',
        '    """dout [N, K] -> dx, dW, db"""',
    ],
    "reference.py": [
        "def running_mean_fwd(x, W, b):",
        "    out = np.tanh(x @ W + b)\n    return out, (x, W, out)",
        "    x, W, out = cache\n"
        "    dz = dout * (1 - out * out)\n    return dz @ W.T, x.T @ dz, dz.sum(axis=0)",
    ],
    "probes.py": [
        "def forward(x, W, b):",
        "    e = np.exp(2 * ((x[:, :, None] * W).sum(axis=1) + b))\n    return (e - 1) / (e + 1)",
        "    x, W, b = rng.normal(size=(N, 4)), 0.3 * rng.normal(size=(4, 5)), rng.normal(size=5)\n"
        '    return {"x": x, "W": W, "b": b}',
        '@probe(task=2, points=3, kind="gradient", tolerance=T64n, wrt=("x", "W", "b"))',
        '@probe(task=2, visible=True, seeds=2, wrt=("x", "W", "b"))',
    ],
    "alternatives/with_loops.py": [
        '"""Row by row."""',
        "def running_mean_fwd(x, W, b):",
        "    return np.array([np.tanh(row @ W + b) for row in x]), (x, W, b)",
        "    x, W, b = cache\n"
        "    dx, dW, db = np.zeros(x.shape), np.zeros(W.shape), np.zeros(b.shape)\n"
        "    for n, row in enumerate(x):\n"
        "        dz = dout[n] * (1 - np.tanh(row @ W + b) ** 2)\n"
        "        dx[n], dW, db = W @ dz, dW + np.outer(row, dz), db + dz\n"
        "    return dx, dW, db",
    ],
    "alternatives/in_other_words.py": [
        '"""With einsum, and with the cosine."""',
        "def running_mean_fwd(x, W, b):",
        '    z = np.einsum("nd,dk->nk", x, W) + b\n    return np.tanh(z), [x, W, z]',
        "    x, W, z = cache\n"
        "    dz = dout / np.cosh(z) ** 2\n"
        '    return np.einsum("nk,dk->nd", dz, W), np.einsum("nd,nk->dk", x, dz), np.einsum("nk->k", dz)',
    ],
    "mutants.toml": [
        *mutant("forgets_tanh", "tanh has a slope.", "dout * (1 - out * out)", "dout"),
        *mutant("slope_without_square", "The slope is 1 - out squared.", "1 - out * out", "1 - out"),
        *mutant("mean_of_the_bias", "The gradients of all rows add up.", "dz.sum(axis=0)", "dz.mean(axis=0)"),
        *mutant("one_weight_for_all", "The rows belong to W.", "x.T @ dz", "x.T @ dout"),
    ],
}

MODULE = {
    "exercise.toml": [
        'summary = "Scale and shift each feature."',
        'names = ["sklearn", "torchvision", "torch.nn.LayerNorm"]',
        'title = "Scale and shift"',
        *HINTS,
    ],
    "task.md": [
        "Norms end with it.",
        "## Task 1: scale and shift",
        "Write `RunningMean(size)`, an `nn.Module` with `weight` and `bias` of `size` numbers each.",
        r"y = (x - \bar{x}) \cdot w + b",
        "**Set aside here**: `nn.LayerNorm`, sklearn and torchvision.",
    ],
    "starter.py": ["    def __init__(self, size):", '        """[N, size] -> [N, size]"""'],
    "reference.py": [
        "    def __init__(self, size):",
        "        self.weight = nn.Parameter(torch.empty(size))\n"
        "        self.bias = nn.Parameter(torch.empty(size))",
        "        return (x - x.mean(dim=-1, keepdim=True)) * self.weight + self.bias",
    ],
    "probes.py": [
        '        "made": [size],',
        '        "weights": {"weight": rng.standard_normal(size), "bias": rng.standard_normal(size)},',
        '        "x": rng.standard_normal((N, size)),',
        "    means = x.sum(dim=1)[:, None] / x.shape[1]\n"
        '    return w["bias"] + w["weight"] * x - means * w["weight"]',
    ],
    "alternatives/functions_underneath.py": [
        '"""With addcmul."""',
        "    def __init__(self, size):",
        "        self.weight = nn.Parameter(torch.empty(size))\n"
        "        self.bias = nn.Parameter(torch.empty(size))",
        "        centred = x - torch.mean(x, -1, True)\n"
        "        return torch.addcmul(self.bias, centred, self.weight)",
    ],
    "alternatives/in_other_words.py": [
        '"""With the sum."""',
        "    def __init__(self, size):",
        '        self.register_parameter("weight", nn.Parameter(torch.rand(size)))\n'
        '        self.register_parameter("bias", nn.Parameter(torch.rand(size)))',
        "        return self.bias + self.weight * (x - x.sum(1, keepdim=True) / len(x[0]))",
    ],
    "mutants.toml": [
        *mutant("no_bias", "The shift is missing.", " * self.weight + self.bias", " * self.weight"),
        *mutant("no_mean", "The mean stays in.", "(x - x.mean(dim=-1, keepdim=True))", "x"),
        *mutant("mean_of_the_batch", "Each row has its own mean.", "dim=-1", "dim=0"),
        *mutant("minus_bias", "The shift is added.", "+ self.bias", "- self.bias"),
    ],
}

TRAINING = {
    "exercise.toml": [
        'summary = "Stochastic gradient descent, by hand."',
        'names = ["sklearn", "torchvision", "torch.optim"]',
        'title = "The loop"',
        *HINTS,
    ],
    "task.md": [
        "Every net is trained by this loop. Three clouds of points are told apart here.",
        "## Task 1: the loop",
        "| `X`, `y` | rows of floats, and for each its class |",
        "The loss is the cross entropy of the logits; each parameter moves against its gradient.",
        r"w \leftarrow w - \eta \nabla L",
    ],
    "reference.py": [
        "    losses = []\n"
        "    for rows in batches:\n"
        "        loss = torch.nn.functional.cross_entropy(net(X[rows]), y[rows])\n"
        "        net.zero_grad()\n"
        "        loss.backward()\n"
        "        with torch.no_grad():\n"
        "            for parameter in net.parameters():\n"
        "                parameter -= lr * parameter.grad\n"
        "        losses.append(loss.item())\n"
        "    return losses"
    ],
    "probes.py": [
        '        "y": rng.integers(0, 3, N),',
        "        z = x @ W.T + b\n"
        "        p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)\n"
        "        loss = -np.log(p[np.arange(len(y)), y]).mean()\n"
        "        dz = (p - np.eye(3)[y]) / len(y)\n"
        "        dW, db = dz.T @ x, dz.sum(axis=0)",
        '        W, b = W - c["lr"] * dW, b - c["lr"] * db',
        "@probe(task=1, seeds=1, judge=accuracy(0.8, 1.0), veto=True)",
        '    "the share of unseen points that the trained net names correctly"',
        "        centres = 3 * np.eye(3, 4)",
    ],
    "alternatives/steps_by_hand.py": [
        '"""With torch.autograd.grad."""',
        "    losses, parameters = [], list(net.parameters())\n"
        "    for rows in batches:\n"
        "        logits = torch.log_softmax(net(X[rows]), dim=1)\n"
        "        loss = torch.nn.functional.nll_loss(logits, y[rows])\n"
        "        grads = torch.autograd.grad(loss, parameters)\n"
        "        for parameter, grad in zip(parameters, grads):\n"
        "            parameter.data.sub_(lr * grad)\n"
        "        losses.append(float(loss))\n"
        "    return losses",
    ],
    "alternatives/in_other_words.py": [
        '"""Gradients set to None before each step."""',
        "    def step(rows):\n"
        "        for parameter in net.parameters():\n"
        "            parameter.grad = None\n"
        "        z = net(X[rows])\n"
        "        loss = (torch.logsumexp(z, 1) - z[torch.arange(len(rows)), y[rows]]).mean()\n"
        "        loss.backward()\n"
        "        with torch.no_grad():\n"
        "            for parameter in net.parameters():\n"
        "                parameter.copy_(parameter - lr * parameter.grad)\n"
        "        return loss.item()\n\n"
        "    return [step(rows) for rows in batches]",
    ],
    "mutants.toml": [
        *mutant("keeps_gradients", "Old gradients count.", "        net.zero_grad()\n", ""),
        *mutant("uphill", "You climb.", "parameter -= lr", "parameter += lr"),
        *mutant("sums", "The loss is a mean.", "y[rows])", 'y[rows], reduction="sum")'),
        *mutant("all_rows", "Only the rows of the batch.", "net(X[rows]), y[rows]", "net(X), y"),
    ],
}

TEXT = {
    "exercise.toml": [
        'summary = "Runs of one letter, counted."',
        'names = ["collections", "itertools", "re"]',
        'title = "Count the runs"',
        *HINTS,
    ],
    "task.md": [
        "The oldest way to make a text shorter.",
        "## Task 1: count the runs",
        "Write `running_mean(text)`: pairs (letter, length), one for each run. An empty text has none.",
        '**Example.** `running_mean("aab")` is `[("a", 2), ("b", 1)]`.',
        "**Set aside here**: collections, itertools and re.",
    ],
    "starter.py": ['    """text -> [(letter, length), ...]"""'],
    "reference.py": [
        '    """The last run grows, or a new one begins."""',
        "    runs = []\n"
        "    for letter in text:\n"
        "        if runs and runs[-1][0] == letter:\n"
        "            runs[-1] = (letter, runs[-1][1] + 1)\n"
        "        else:\n"
        "            runs.append((letter, 1))\n"
        "    return runs",
    ],
    "probes.py": [
        "    found = []\n"
        "    while text:\n"
        "        rest = text.lstrip(text[0])\n"
        "        found.append((text[0], len(text) - len(rest)))\n"
        "        text = rest\n"
        "    return found",
    ],
    "alternatives/with_a_loop.py": [
        '"""Where a run begins, and where the next one does."""',
        "    begins = [i for i in range(len(text)) if i == 0 or text[i] != text[i - 1]]\n"
        "    ends = begins[1:] + [len(text)]\n"
        "    return [(text[i], j - i) for i, j in zip(begins, ends)]",
    ],
    "alternatives/in_other_words.py": [
        '"""From the back, with pop."""',
        "    letters, runs = list(text), []\n"
        "    while letters:\n"
        "        letter, length = letters.pop(), 1\n"
        "        while letters and letters[-1] == letter:\n"
        "            letters.pop()\n"
        "            length += 1\n"
        "        runs.append((letter, length))\n"
        "    return runs[::-1]",
    ],
    "mutants.toml": [
        *mutant("from_zero", "A run of one letter has length 1.", "(letter, 1)", "(letter, 0)"),
        *mutant("no_growth", "A run does not grow.", "[1] + 1", "[1]"),
        *mutant("all_alike", "Another letter begins a run.", "runs and runs[-1][0] == letter", "runs"),
        *mutant("only_lengths", "The letters are missing.", "return runs", "return [n for _, n in runs]"),
    ],
}

FILLINGS = {
    "function": FUNCTION,
    "gradient": GRADIENT,
    "module": MODULE,
    "training": TRAINING,
    "text": TEXT,
}
