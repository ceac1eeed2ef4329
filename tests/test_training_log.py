"""What a training tells: lines in a log, a bar on a terminal, and when it looks."""

import io
import math
import os
import signal

import pytest
import tensorflow as tf
from ports import free_ports

from inpaint.errors import InputError, RunError
from inpaint.training import cluster, devices, interrupts
from inpaint.training.log import Log, scalars_to_show
from inpaint.training.watch import Watch

V2 = {
    "gan_hinge_loss/pos_hinge_avg": 1.0,
    "gan_hinge_loss/neg_hinge_avg": 1.0,
    "gan_hinge_loss/d_loss": 0.98125,
    "gan_hinge_loss/g_loss": 0.1,
    "losses/ae_loss": 0.53,
    "losses/g_loss": 0.63,
}
V1 = {
    "gan/local_gan/d_loss": 1.0,
    "gan_wgan_loss/gp_penalty_local": 1.0,
    "gan/global_gan/d_loss": 1.0,
    "gan_wgan_loss/gp_loss": 1.0,
    "convergence/d_loss": 2.0,
    "gan/local_gan/g_loss": 1.0,
    "losses/l1_loss": 3.0,
    "losses/ae_loss": 4.0,
    "losses/g_loss": 5.0,
}


class Clock:
    """Tells the time that a test sets."""

    now = 0.0

    def __call__(self):
        return self.now


def test_the_totals_are_shown_by_names_of_their_own():
    assert scalars_to_show(V2) == {"ae_loss": 0.53, "g_loss": 0.63, "d_loss": 0.98125}
    assert scalars_to_show(V1) == {
        "l1_loss": 3.0,
        "ae_loss": 4.0,
        "g_loss": 5.0,
        "d_loss": 2.0,
    }
    assert scalars_to_show({"val/psnr": 20.0}) == {"psnr": 20.0}


def test_a_log_has_a_line_every_ten_seconds():
    lines, clock = [], Clock()
    log = Log(300, lines.append, None, clock)
    for step in range(1, 32):
        clock.now = step * 1.0
        log.step(step, V2, 14.84)
    log.line("saved snap-31")
    first = "step 1 of 300: ae_loss 0.53, g_loss 0.63, d_loss 0.9812; 14.8 images/s"
    assert lines[0] == first
    assert [line.split()[1] for line in lines] == ["1", "11", "21", "31", "snap-31"]


def test_a_bar_stays_within_the_terminal(monkeypatch):
    monkeypatch.setattr(
        "shutil.get_terminal_size", lambda *_, **__: os.terminal_size((80, 24))
    )
    lines, clock, terminal = [], Clock(), io.StringIO()
    log = Log(300, lines.append, terminal, clock)
    for step in (100, 150, 200):
        clock.now = float(step)
        log.step(step, V1, 14.84)
    log.line("saved snap-200")
    shown = terminal.getvalue()
    assert shown.count("\n") == 1
    bars = shown.strip().split("\r")
    assert len(bars) == 3
    assert max(map(len, bars)) <= 79
    assert bars[1].startswith("step 150/300")
    assert bars[1].rstrip().endswith("14.8 images/s 0:02:30")  # a step a second
    assert lines == ["saved snap-200"]


def test_no_end_that_nobody_chose_is_shown():
    lines, clock, terminal = [], Clock(), io.StringIO()
    for stream in (None, terminal):
        log = Log(None, lines.append, stream, clock)
        for step in (24, 25):
            clock.now += 20
            log.step(step, {"losses/g_loss": 1.0}, 3.0)
    assert lines[0] == "step 24: g_loss 1; 3 images/s"
    assert terminal.getvalue().split("\r")[-1] == "step 25 g_loss 1 3 images/s"


def test_scalars_are_looked_at_together():
    clock = Clock()
    watch = Watch(images=4, every=3, clock=clock)
    looked = []
    for step in range(1, 8):
        watch.begin()
        clock.now += 2.0
        looked.append(watch.add(step, {"loss": tf.constant(float(step))}))
    assert looked == [False, False, True, False, False, True, False]
    assert watch.scalars == {"loss": 6.0}
    assert watch.rate == pytest.approx(2.0)  # 4 pictures in 2 seconds
    watch.check()
    assert watch.scalars == {"loss": 7.0}


@pytest.mark.parametrize("every", [1, 4, 100])
def test_the_first_step_that_is_not_finite_is_named(every):
    watch = Watch(1, every)
    values = [1.0, math.nan, math.inf, math.nan]

    def train():
        for step, value in enumerate(values, 1):
            watch.begin()
            watch.add(step, {"loss": tf.constant(value)})
        watch.check()  # as before every checkpoint

    with pytest.raises(RunError, match=r"^step 2: loss is nan; stopped"):
        train()


def test_cpus_are_looked_at_every_step(monkeypatch):
    found = []
    monkeypatch.setattr(tf.config, "list_logical_devices", lambda kind: found)
    for devices_found, looked in (([], True), (["GPU:0"], False)):
        found[:] = devices_found
        watch = Watch(1)
        watch.begin()
        assert watch.add(1, {}) is looked


def test_a_signal_while_handlers_are_being_set(monkeypatch):
    """It comes as soon as the first is: `previous` must be known by then."""
    stopped, real = [], signal.signal

    def at_once(number, handler):
        before = real(number, handler)
        if number == signal.SIGINT and getattr(handler, "__name__", "") == "handle":
            signal.raise_signal(signal.SIGINT)
        return before

    before = signal.getsignal(signal.SIGINT)
    monkeypatch.setattr(signal, "signal", at_once)
    with interrupts.on_signals(stopped.append):
        pass
    assert stopped == ["SIGINT"]
    assert signal.getsignal(signal.SIGINT) is before


def test_a_handler_that_python_did_not_install(monkeypatch):
    set_, real = {}, signal.signal
    monkeypatch.setattr(signal, "getsignal", lambda number: None)
    monkeypatch.setattr(signal, "signal", set_.__setitem__)
    with interrupts.on_signals(print):
        assert callable(set_[signal.SIGTERM])
    assert set(set_.values()) == {signal.SIG_DFL}
    assert real is not signal.signal


@pytest.fixture
def gpus(monkeypatch):
    """Three GPUs; what is made visible and may grow."""
    chosen = {"grow": []}
    monkeypatch.delenv("TF_CONFIG", raising=False)
    names = ["GPU:0", "GPU:1", "GPU:2"]
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: names)
    monkeypatch.setattr(
        tf.config,
        "set_visible_devices",
        lambda devices, kind: chosen.update(visible=devices),
    )
    monkeypatch.setattr(
        tf.config.experimental,
        "set_memory_growth",
        lambda gpu, on: chosen["grow"].append((gpu, on)),
    )
    return chosen


@pytest.mark.parametrize("count", [0, 1, 2])
def test_only_the_gpus_asked_for_are_visible(gpus, monkeypatch, count):
    monkeypatch.setattr(tf.distribute, "MirroredStrategy", list)
    strategy = devices.make_strategy(count)
    names = ["GPU:0", "GPU:1"][:count]
    assert gpus == {"visible": names, "grow": [(name, True) for name in names]}
    if count == 2:
        assert strategy == names


def cluster_of(monkeypatch, *addresses, index=0):
    tasks = f'"task": {{"type": "worker", "index": {index}}}'
    workers = ", ".join(f'"{address}"' for address in addresses)
    monkeypatch.setenv(
        "TF_CONFIG", f'{{"cluster": {{"worker": [{workers}]}}, {tasks}}}'
    )


@pytest.fixture
def addresses():
    return [f"localhost:{port}" for port in free_ports(2)]


def test_a_worker_that_never_comes(monkeypatch, addresses):
    cluster_of(monkeypatch, *addresses)
    monkeypatch.setenv(cluster.TIMEOUT, "0.3")
    lines = []
    with pytest.raises(RunError, match=rf"{addresses[1]} did not come within 0\.3 s"):
        cluster.meet(lines.append)
    assert lines == [
        f"waiting for {addresses[1]}, up to 0.3 s (INPAINT_CLUSTER_TIMEOUT)"
    ]


def test_ctrl_c_ends_the_wait(monkeypatch, addresses):
    cluster_of(monkeypatch, *addresses)
    with pytest.raises(KeyboardInterrupt):
        cluster.meet(lambda line: signal.raise_signal(signal.SIGINT))


def test_workers_that_are_there_are_not_waited_for(monkeypatch, addresses):
    lines = []
    with cluster._listening(addresses[1]):
        cluster_of(monkeypatch, *addresses)
        cluster.meet(lines.append)
    assert not lines


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("{", "Expecting property name"),
        ("[]", "list indices must be integers"),
        ('{"cluster": {}}', "'task' is missing"),
        (
            '{"cluster": {"worker": ["a:1"]}, "task": {"type": "worker", "index": 1}}',
            "",
        ),
        (
            '{"cluster": {"worker": ["a"]}, "task": {"type": "worker", "index": 0}}',
            "'a'",
        ),
    ],
)
def test_what_is_no_cluster_is_refused(monkeypatch, text, complaint):
    monkeypatch.setenv("TF_CONFIG", text)
    with pytest.raises(InputError, match="does not describe a cluster") as caught:
        cluster.workers()
    assert complaint in str(caught.value)


def test_a_time_limit_that_is_none_is_refused(monkeypatch):
    cluster_of(monkeypatch, "localhost:28741")
    monkeypatch.setenv(cluster.TIMEOUT, "soon")
    with pytest.raises(InputError, match="a number of seconds, got 'soon'"):
        cluster.meet(print)
