"""START HERE: the steps in their order.

:func:`segment` is the whole main job; each line of :func:`_find` is one step, in the module of
its name under :mod:`segmentry.steps`; steps 1 to 3 are in :mod:`segmentry.intake`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Any, Literal, Unpack

from segmentry import intake, sql
from segmentry.engines.contract import Engine
from segmentry.engines.registry import open_engine
from segmentry.engines.resources import Resources
from segmentry.options import as_given, check_seed, said_of_orders
from segmentry.progress import Progress
from segmentry.segmentation import Segmentation
from segmentry.steps import (
    compression,
    counts,
    customers,
    histograms,
    models,
    naming,
    orders,
    playbook,
    preparation,
    profiles,
    refinement,
    relevance,
    rfm_cells,
    rules,
    selection,
    treatments,
    typical,
    validation,
)
from segmentry.steps.customers import Duplicates
from segmentry.steps.features import Log, Scale
from segmentry.steps.findings import Findings
from segmentry.steps.overview import Overview
from segmentry.steps.preparation import Missing, Outliers, Preparing
from segmentry.steps.reading import Reading, ReadingOptions
from segmentry.steps.sources import TABLE

__all__ = ["segment"]


def segment(
    source: Any,
    *,
    features: Sequence[str] | None = None,
    profile: Sequence[str] | None = None,
    id: str | None = None,
    categorical: Sequence[str] | None = None,
    k: int | str = "auto",
    k_min: int = 1,
    k_max: int = 10,
    min_share: float | None = None,
    min_size: int | None = None,
    missing: Missing = "fill",
    outliers: Outliers = "keep",
    scale: Scale = "auto",
    log: Log = "auto",
    weight: str | None = None,
    feature_weight: Mapping[str, float] | None = None,
    seed: int = 0,
    duplicates: Duplicates = "refuse",
    few: Literal["refuse", "allow"] = "refuse",
    playbook: str | os.PathLike[str] | None = None,
    rfm: bool | Mapping[str, Any] = False,
    threads: int | None = None,
    memory_limit: str | None = None,
    temp_dir: str | os.PathLike[str] | None = None,
    progress: Progress | None = None,
    **reading: Unpack[ReadingOptions],
) -> Segmentation:
    """Turn a table of customers into a few named segments.

    Parameters
    ----------
    source : str, PathLike or dataframe
        A path (CSV, TSV, Parquet, Excel, JSON lines), a pandas, Polars or PyArrow table, a
        Spark dataframe, or the URL of a database (``postgresql://user@host/db``) or of Spark
        (``spark://host:7077``) with ``table`` or ``query``; their rows stay there. Tables of the
        result are of the same kind (pandas for a path, a URL or Spark).
    features : sequence of str, optional
        Columns to cluster on. Default: numbers about behaviour and value.
    profile : sequence of str, optional
        Columns that only describe. Default: demographics and short texts.
    id : str, optional
        The column that names each customer. Default: found by its name.
    categorical : sequence of str, optional
        Columns to cluster on by their levels, beside at least one number: see
        :mod:`segmentry.steps.categories`.
    k : int or "auto"
        Number of segments, or the one that the evidence speaks for, which may be 1: see
        :mod:`segmentry.steps.verdict`.
    k_min, k_max : int
        The fewest and the most segments that ``"auto"`` may take.
    min_share, min_size : float or int, optional
        The smallest share of the customers (0 to 0.5), or number of them, in a segment that
        ``"auto"`` may make.
    missing : {"fill", "drop"}
        Whether a missing value of a feature is taken for the median of the others (the commonest
        level), or its customer is left without a segment.
    outliers : {"keep", "winsorize"}
        Whether numbers beyond the 1 % and 99 % quantiles count as if they were at them.
    scale : {"auto", "none", "zscore"}
        ``"auto"`` takes z-scores where the features' standard deviations differ by more than a
        factor of 2.
    log : {"auto", "none"}
        ``"auto"`` takes the logarithm ln(1 + x) of features without negative values that are
        strongly skewed (skew above 2), unless ``scale`` is ``"none"``.
    weight : str, optional
        A column that says how much each customer counts where centres are placed. Sizes and
        averages of segments count every customer once.
    feature_weight : mapping of str to float, optional
        By how much a feature's coordinates are multiplied: 2 lets it count like one that varies
        twice as much.
    seed : int
        Of the random starts.
    duplicates : {"refuse", "first", "keep"}
        Of several rows that say different things about one id: refuse them, keep the first of
        each id, or take every row for a customer. Identical rows are one.
    few : {"refuse", "allow"}
        Of fewer customers than two a segment, where ``k`` is given.
    playbook : str or PathLike, optional
        A TOML file with what to do about each segment. Default: the retail playbook.
    rfm : bool or mapping
        Whether the source holds order lines, of which customers are to be built first; a mapping
        names its columns: any of ``date``, ``amount``, ``order``, ``product``, and ``leave_out``,
        ``since`` and ``as_of``, as in :func:`segmentry.rfm`. Customers are then grouped by recency,
        orders and revenue.
    threads, memory_limit, temp_dir : optional
        What the engine may take: threads, memory such as ``"2GB"`` (beyond, it works with
        temporary files), and the folder for those. No limit changes any result. See
        :class:`segmentry.engines.resources.Resources` for the defaults.
    progress : Progress, optional
        Is told each step.
    **reading
        How a file is to be read, where it should not be found out: ``encoding``, ``sep``,
        ``decimal``, ``date_order``, ``header_row``, ``sheet``, ``skip_bad_lines``,
        ``missing_token``, ``map``; and which rows of a database: ``table``, ``query``,
        ``timeout``. See
        :class:`segmentry.steps.reading.Reading`.

    Returns
    -------
    Segmentation

    Raises
    ------
    SourceError
        If the source cannot be read.
    ColumnError
        If a named column is not there.
    FeatureError
        If nothing can be clustered on, or all customers are alike.
    ClusterCountError
        If ``k`` is impossible.

    Examples
    --------
    >>> import segmentry
    >>> result = segmentry.segment(segmentry.datasets.mall_customers_path())
    >>> result.k, round(result.inertia, 4)
    (5, 44448.4554)
    """
    options = as_given(
        features=features, profile=profile, id=id, categorical=categorical, k=k, k_min=k_min,
        k_max=k_max, min_share=min_share, min_size=min_size, missing=missing, outliers=outliers,
        scale=scale, log=log, weight=weight, feature_weight=feature_weight, seed=seed,
        playbook=playbook,
    )  # fmt: skip
    wish = Reading(**reading, id=id)
    options |= wish.given | ({"duplicates": duplicates} if duplicates != "refuse" else {})
    options |= {"few": few} if few != "refuse" else {}
    if rfm or isinstance(rfm, Mapping):
        options["rfm"] = said_of_orders(rfm)
    watch, limits = progress or Progress(), Resources(threads, memory_limit, temp_dir)
    engine = open_engine(source, wish.place, limits=limits, watch=watch.query)
    try:
        found = _find(
            source, engine, options, wish, playbook_path=playbook, limits=limits, progress=watch
        )
    except BaseException:
        engine.close()
        raise
    return Segmentation(found, engine, watch)


def _find(
    source: Any,
    engine: Engine,
    options: dict[str, Any],
    reading: Reading,
    *,
    playbook_path: str | os.PathLike[str] | None,
    limits: Resources,
    progress: Progress,
) -> Findings:
    """The path of the data, step by step."""
    k, seed = options["k"], options["seed"]
    wanted = selection.Wanted(**{own.name: options[own.name] for own in fields(selection.Wanted)})
    wishes = Preparing(**{own.name: options[own.name] for own in fields(Preparing)})
    plays = playbook.read_playbook(playbook_path)
    selection.check_options(wanted)
    check_seed(seed)
    customers.check_duplicates(options.get("duplicates", "refuse"))
    known = intake.take_in(source, engine, options, reading, limits=limits, progress=progress)
    table, columns, own_roles, built = known.table, known.columns, known.roles, known.built
    with progress.step("prepare"):
        prepared = preparation.prepare(engine, table, columns, own_roles, wishes)
        cells = compression.compress(engine, prepared, id=own_roles.id)
        if options.get("few") != "allow":
            selection.check_few(k, cells)
        prepared, cells = relevance.discount(prepared, cells, given=wishes.feature_weight)
        plan = prepared.plan
    with progress.step("elbow") as advance:
        choice = selection.choose(cells, plan, wanted=wanted, seed=seed, advance=advance)
    with progress.step("settle") as advance:
        solution = refinement.refine(engine, prepared, cells, choice.solution, advance=advance)
    with progress.step("describe"):
        labels = sql.Labels(TABLE, plan, solution.centers.tolist())
        counted = counts.count_segments(
            engine, labels, table, columns, own_roles.profile, solution.sizes.tolist()
        )
        population = profiles.profile_segments(counted, plan)
        population = typical.by_logarithms(population, plan, solution.centers)
        if options.get("few") != "allow":
            population = profiles.coarsely(population)
        spread = histograms.histograms(counted, population, logged=plan.logged)
        density = _density(engine, labels, columns, cells, population)
        own_rules = rules.define_segments(cells, solution, plan.axes)
        names = naming.name_segments(population)
        crosstab = rfm_cells.cross(built, engine, labels, plays) if built else None
        cells_of = crosstab.by_segment() if crosstab else {}
        advice = playbook.advise(population, names, plays, cells=cells_of)
        baseline = histograms.baselines(counted, plan.numbers)
        model = models.make_model(
            own_roles, prepared, population, names, choice, solution, cells, baseline
        )
        never = orders.never_negative(table)
        model = replace(model, plan=orders.counted_from_zero(plan, never))
        model = orders.as_built(model, built) if built else model
        told = treatments.describe(plan, columns, prepared)
    warnings = validation.cautions(
        table, columns, own_roles, prepared, choice, solution, cells, told, k=k
    )
    return Findings(
        options, table, columns, own_roles, prepared.used, told, cells, choice, solution,
        population, spread, density, names, advice, model, warnings, own_rules, crosstab,
    )  # fmt: skip


def _density(
    engine: Engine,
    labels: sql.Labels,
    columns: Overview,
    cells: compression.Cells,
    population: profiles.Population,
) -> counts.Density | None:
    """How dense the customers lie on the map, where its dots would be too many."""
    if len(cells) <= counts.MOST_DOTS:
        return None
    shown = [columns.column(name) for name in population.telling(2)]
    return counts.count_density(engine, labels, shown)
