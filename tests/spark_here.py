"""A real session of Spark for the tests: with two threads, on loopback, gone at the end."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

SETTINGS = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
    "spark.sql.shuffle.partitions": "2",
    "spark.driver.memory": "1g",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    # Neither may make a difference.
    "spark.sql.session.timeZone": "Pacific/Auckland",
}


class Spark:
    """A session, and tables in it."""

    def __init__(self, session: Any) -> None:
        self.session = session

    def frame(self, table: pa.Table) -> Any:
        """A dataframe of Spark's, in two partitions."""
        return self.session.createDataFrame(table).repartition(2)

    def load(self, name: str, table: pa.Table) -> str:
        """Keep a table; its name in full."""
        quoted = name.replace("`", "``")
        self.session.sql("CREATE DATABASE IF NOT EXISTS crm")
        full = f"crm.`{quoted}`"
        self.session.sql(f"DROP TABLE IF EXISTS {full}")
        self.frame(table).write.saveAsTable(full)
        return f"crm.{name}"


def check_java() -> None:
    """Skip a test where there is no Java, and fail it in CI."""
    if shutil.which("java") is None and not os.environ.get("JAVA_HOME"):
        missing = "Java is not installed: sudo apt-get install openjdk-17-jre-headless"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)


@contextmanager
def running_spark() -> Iterator[Spark]:
    """A session of its own; where there is no Java the test is skipped, not in CI."""
    check_java()
    from pyspark.sql import SparkSession

    folder = Path(tempfile.mkdtemp(prefix="segmentry-spark-"))
    places = {
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
        "spark.local.dir": str(folder / "local"),
        "spark.driver.extraJavaOptions": f"-Dderby.system.home={folder / 'derby'}",
    }
    builder = SparkSession.builder.master("local[2]").appName("tests")
    for name, value in {**SETTINGS, **places}.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    try:
        yield Spark(session)
    finally:
        session.stop()
        shutil.rmtree(folder, ignore_errors=True)
