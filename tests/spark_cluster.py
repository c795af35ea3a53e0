"""A real cluster of Spark's for the tests: a master and its workers, on loopback, gone at the end.

A process has one session, and that of the tests' own is on one machine: what runs in the cluster is
driven by a process beside it.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import socket
import subprocess
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from spark_here import SETTINGS, Spark, check_java

_SETTINGS = {
    **SETTINGS,
    "spark.executor.cores": "1",
    # Nothing begins before all of them are there.
    "spark.scheduler.minRegisteredResourcesRatio": "1.0",
    "spark.scheduler.maxRegisteredResourcesWaitingTime": "60s",
    "spark.executor.extraJavaOptions": "-XX:+ExitOnOutOfMemoryError",
}
# Starts all, and ends all when its stdin closes, which it also does where pytest is killed. The
# first argument is the folder, the second Spark's program, then port, workers and memory.
_CLUSTER = """
folder=$1 program=$2 port=$3 workers=$4 memory=$5
deploy=org.apache.spark.deploy
began=
begin() {
  "$program" "$@" </dev/null >>"$folder/log" 2>&1 &
  began="$began $!"
  echo $! >>"$folder/started"
}
begin $deploy.master.Master --host 127.0.0.1 --port "$port" --webui-port 0
i=0
while [ $i -lt "$workers" ]; do
  begin $deploy.worker.Worker --host 127.0.0.1 --webui-port 0 --cores 1 --memory "$memory" \
    --work-dir "$folder/work$i" "spark://127.0.0.1:$port"
  i=$((i + 1))
done
cat
kill $began
sleep 1
kill -9 $began
wait
rm -rf "$folder"
"""


class Cluster:
    """Where the master is, who works for it, and a process whose session is there."""

    def __init__(self, folder: Path, *, port: int, driver: Connection) -> None:
        self.url = f"spark://127.0.0.1:{port}"
        self._folder, self._driver = folder, driver

    @property
    def processes(self) -> list[int]:
        """The master, then the workers."""
        return [int(own) for own in (self._folder / "started").read_text().split()]

    def run(self, work: Callable[..., Any], *given: Any) -> Any:
        """Let a function of a module work in the cluster; return its answer or fail as it does.

        It is called with the cluster's :class:`spark_here.Spark`, and with what is given.
        """
        self._driver.send((work, given))
        done, answer = self._driver.recv()
        assert done, answer
        return answer


def kill(process: int) -> None:
    """End a part of the cluster as a crash does."""
    os.kill(process, signal.SIGKILL)


def workers_of(spark: Spark) -> int:
    """How many workers have something of this session's running."""
    status = spark.session.sparkContext._jsc.sc().statusTracker()
    return len(status.getExecutorInfos()) - 1  # the driver is among them


@contextmanager
def running_cluster(*, workers: int = 2, memory: str = "1g") -> Iterator[Cluster]:
    """A cluster of its own; where there is no Java the test is skipped, not in CI."""
    check_java()
    import pyspark

    home = Path(pyspark.__file__).parent
    folder = Path(tempfile.mkdtemp(prefix="segmentry-cluster-"))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    surroundings = {
        **os.environ, "SPARK_HOME": str(home), "SPARK_DAEMON_MEMORY": "256m",
        "SPARK_LOCAL_DIRS": str(folder / "local"), "SPARK_LOCAL_IP": "127.0.0.1",
    }  # fmt: skip
    words = [folder, home / "bin/spark-class", port, workers, memory]
    cluster = subprocess.Popen(
        ["sh", "-c", _CLUSTER, "sh", *map(str, words)], stdin=subprocess.PIPE, env=surroundings,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    ours, theirs = multiprocessing.Pipe()
    settings = {
        **_SETTINGS, "spark.cores.max": str(workers), "spark.executor.memory": memory,
        "spark.local.dir": str(folder / "local"),
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
        "spark.driver.extraJavaOptions": f"-Dderby.system.home={folder / 'derby'}",
    }  # fmt: skip
    master = f"spark://127.0.0.1:{port}"
    driver = multiprocessing.get_context("spawn").Process(
        target=_drive, args=(theirs, master, settings), daemon=True
    )
    try:
        _wait_for_workers(folder / "log", workers)
        driver.start()
        theirs.close()
        yield Cluster(folder, port=port, driver=ours)
    finally:
        ours.close()
        if driver.pid:
            driver.join(30)
            driver.kill()
        cluster.communicate()


def _wait_for_workers(log: Path, workers: int) -> None:
    end = time.monotonic() + 60
    while not log.exists() or log.read_text().count("Successfully registered") < workers:
        assert time.monotonic() < end, log.read_text() if log.exists() else "nothing began"
        time.sleep(0.1)


def _drive(tests: Connection, master: str, settings: dict[str, str]) -> None:
    """Do what the tests ask for, until they end or are ended."""
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.master(master).appName("tests")
    for name, value in settings.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    try:
        while True:
            work, given = tests.recv()
            try:
                tests.send((True, work(Spark(session), *given)))
            except Exception:
                tests.send((False, traceback.format_exc()))
    except EOFError:
        session.stop()
