"""The command line: each command parses, calls one public function, and prints."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from segmentry import cli_targets
from segmentry.cli_ends import run_to_end
from segmentry.cli_options import (
    Features,
    Flags,
    Folder,
    Force,
    Id,
    Json,
    Limits,
    Orders,
    Playbook,
    Profile,
    Raw,
    Reading,
    SourceArgument,
    asks,
    of_group,
)
from segmentry.cli_places import Places, Replace, WriteTo, place_of, stem_of
from segmentry.cli_preparing import Preparing
from segmentry.cli_values import count_in, names_in, read_orders, read_preparing
from segmentry.terminal import (
    RUN,
    RUN_ORDERS,
    progress_bar,
    tell_customers,
    tell_explored,
    tell_run,
)

__all__ = ["app", "main"]

app = typer.Typer(
    name="segmentry",
    add_completion=False,
    no_args_is_help=False,
    pretty_exceptions_enable=False,
    help="Turn a table of customers into a few named segments that a marketing team can act on, "
    "and say how far to trust them.",
    epilog="Start with:  segmentry demo",
)

_STRICT_WARNINGS = 5


@app.callback(invoke_without_command=True)
def _start(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    if version:
        import segmentry

        print(f"segmentry {segmentry.__version__}")
    elif context.invoked_subcommand is None:
        print(context.get_help())


@app.command(epilog="Example:  segmentry demo -o my-first-segments")
def demo(folder: Folder = None, force: Force = False, json: Json = False) -> None:
    """Run the whole job on the Mall Customers data that comes with Segmentry."""
    from segmentry.datasets import mall_customers_path

    _run(str(mall_customers_path()), folder, force=force, strict=False, json=json)


@app.command(epilog="Example:  segmentry run customers.csv --k auto -o customers-segments")
@asks(Preparing, Reading, Orders, Limits, Places)
def run(
    source: SourceArgument,
    folder: Folder = None,
    features: Features = None,
    profile: Profile = None,
    id: Id = None,
    k: Annotated[str, typer.Option(metavar="auto|N", help="Number of segments.")] = "auto",
    k_min: Annotated[int, typer.Option(help="The fewest segments that auto may take.")] = 1,
    k_max: Annotated[int, typer.Option(help="The most segments that auto may take.")] = 10,
    min_share: Annotated[
        float | None, typer.Option(help="No smaller share in a segment, 0.05 for 5 % (auto).")
    ] = None,
    min_size: Annotated[
        int | None, typer.Option(help="No fewer customers in a segment (auto).")
    ] = None,
    seed: Annotated[int, typer.Option(help="Of the random starts.")] = 0,
    duplicates: Annotated[
        str, typer.Option(metavar="refuse|first|keep", help="Rows that differ about one id.")
    ] = "refuse",
    playbook: Playbook = None,
    rfm: Annotated[
        bool, typer.Option("--rfm", help="SOURCE holds order lines: build customers first.")
    ] = False,
    flags: Flags = False,
    raw: Raw = False,
    force: Force = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 5 if there are warnings.")
    ] = False,
    json: Json = False,
    write_to: WriteTo = None,
    replace: Replace = False,
    **shared: Any,
) -> None:
    """Find the segments of a table of customers and write report, tables and model."""
    _run(
        source, folder, force=force, strict=strict, json=json, flags=flags, raw=raw,
        write_to=write_to, replace=replace,
        features=names_in(features), profile=names_in(profile), id=id, k=count_in(k),
        k_min=k_min, k_max=k_max, min_share=min_share, min_size=min_size,
        seed=seed, duplicates=duplicates, playbook=playbook,
        rfm=read_orders(rfm, of_group(Orders, shared)),
        **read_preparing(of_group(Preparing, shared)),
        **of_group(Limits, shared), **of_group(Reading, shared), **of_group(Places, shared),
    )  # fmt: skip


def _run(
    source: str,
    folder: Path | None,
    *,
    force: bool,
    strict: bool,
    json: bool,
    flags: bool = False,
    raw: bool = False,
    write_to: str | None = None,
    replace: bool = False,
    **options: Any,
) -> None:
    steps = RUN_ORDERS if options.get("rfm") else RUN
    with progress_bar(silent=json, steps=steps) as progress:
        from segmentry import pipeline
        from segmentry.files import check_free
        from segmentry.locks import locked

        target = folder or Path(f"{stem_of(source, options)}-segments")
        check_free(target, force=force)
        if write_to is not None:
            from segmentry.opening import check_target

            check_target(source, write_to, replace=replace, **place_of(options))
        with locked(target), pipeline.segment(source, progress=progress, **options) as result:
            if write_to is not None:
                result.write_table(write_to, replace=replace, flags=flags)
            result.write(target, force=force, flags=flags, raw=raw)
    if json:
        sys.stdout.write((target / "summary.json").read_text(encoding="utf-8"))
    else:
        tell_run(result.summary, target, table=write_to)
    if strict and result.warnings:
        raise typer.Exit(_STRICT_WARNINGS)


@app.command(epilog="Example:  segmentry explore customers.csv")
@asks(Reading, Limits, Places)
def explore(
    source: SourceArgument,
    features: Features = None,
    profile: Profile = None,
    id: Id = None,
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write it as a page, too.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the page.")] = False,
    json: Json = False,
    **shared: Any,
) -> None:
    """Show what is in a table: each column's role and why, missing values, statistics."""
    from segmentry.exploration import explore as explore_source
    from segmentry.files import check_free, check_not_input

    if html is not None:
        check_not_input(html, Path(source))
        check_free(html, force=force, kind="file")
    with progress_bar(silent=json, steps=("read", "explore")) as progress:
        found = explore_source(
            source, features=names_in(features), profile=names_in(profile), id=id,
            progress=progress,
            **shared,
        )  # fmt: skip
    if html is not None:
        found.report(html)
    tell_explored(found.to_dict() if json else found)


@app.command(epilog="Example:  segmentry rfm orders.csv --as-of 2026-06-30 -o customers.parquet")
@asks(Reading, Orders, Limits)
def rfm(
    source: SourceArgument,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="FILE", help="CSV or Parquet. (none is written)"),
    ] = None,
    id: Id = None,
    playbook: Playbook = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the file.")] = False,
    json: Json = False,
    **shared: Any,
) -> None:
    """Turn order lines into customers: recency, frequency, money, scores, the ten RFM cells."""
    from segmentry.files import check_free, check_not_input

    if output is not None:
        check_not_input(output, Path(source))
        check_free(output, force=force, kind="file")
    with progress_bar(silent=json, steps=("read", "orders", "files")) as progress:
        from segmentry import transactions

        with transactions.rfm(
            source, id=id, playbook=playbook, progress=progress, **shared
        ) as built:
            if output is not None:
                built.write(output)
    tell_customers(built.to_dict() if json else built, built.warnings, output)


@app.command(
    epilog="Example:  segmentry assign customers-segments/model.json new.csv -o new-segments.csv"
)
@asks(Reading, Limits, Places)
def assign(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="A model.json that a run left.")],
    source: SourceArgument,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="FILE", help="CSV or Parquet. (CSV on stdout)"),
    ] = None,
    flags: Flags = False,
    raw: Raw = False,
    force: Annotated[bool, typer.Option("--force", help="Replace the file.")] = False,
    write_to: WriteTo = None,
    replace: Replace = False,
    **shared: Any,
) -> None:
    """Say for new customers which segment each one belongs to."""
    from segmentry.files import check_free, check_not_input

    options = shared | {"flags": flags}
    if write_to is not None:
        cli_targets.to_table(model, source, write_to, options | {"replace": replace})
        return
    if output is None:
        cli_targets.to_stdout(model, source, options | {"raw": raw})
        return
    for own in (model, source):
        check_not_input(output, Path(own))
    check_free(output, force=force, kind="file")
    cli_targets.to_file(model, source, output, options | {"raw": raw})
    print(f"Written: {output}", file=sys.stderr)


@app.command(
    epilog="Example:  segmentry export customers-segments/model.json --to sql --dialect snowflake "
    "--table crm.customers"
)
def export(
    source: Annotated[
        str,
        typer.Argument(
            metavar="RUN_DIR|MODEL",
            help="The folder of a run; sql and joblib also take a model.json.",
        ),
    ],
    to: Annotated[
        str,
        typer.Option("--to", metavar="sql|joblib|xlsx|pptx|pdf", help="What to write."),
    ] = "sql",
    dialect: Annotated[
        str | None, typer.Option(metavar="NAME", help="sql: duckdb, postgres, snowflake, …")
    ] = None,
    table: Annotated[
        str | None, typer.Option(metavar="NAME", help="sql: where the customers are.")
    ] = None,
    id: Id = None,
    view: Annotated[str | None, typer.Option(metavar="NAME", help="sql: make it a view.")] = None,
    flags: Flags = False,
    check: Annotated[
        str | None,
        typer.Option(
            metavar="SOURCE", help="sql: run it on these customers (a file, a database's URL)."
        ),
    ] = None,
    query: Annotated[
        str | None,
        typer.Option(metavar="SELECT", help="sql: of --check's database these rows, no table."),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="FILE", help="File. (sql: stdout; else RUN_DIR.*)"),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the file.")] = False,
) -> None:
    """Write a run for people (Excel, PowerPoint, PDF), or a model for systems (SQL, joblib)."""
    from segmentry.exports import command

    told = command.export(
        source, to, dialect=dialect, table=table, id=id, view=view, flags=flags, check=check,
        query=query, output=output, force=force,
    )  # fmt: skip
    for line in told:
        print(line, file=sys.stderr)


@app.command(epilog="Example:  segmentry studio --port 8765")
def studio(
    port: Annotated[int, typer.Option(metavar="N", help="Port; 0 takes a free one.")] = 8765,
    host: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Address to listen on.")
    ] = "127.0.0.1",
    most_mb: Annotated[int, typer.Option(metavar="MB", help="The largest upload.")] = 1_000,
) -> None:
    """Open a page in the browser for whoever would rather not use a terminal."""
    from segmentry.studio.server import serve

    serve(host=host, port=port, most_mb=most_mb)


@app.command(epilog="Example:  segmentry playbook > my-playbook.toml")
def playbook() -> None:
    """Print the default playbook, to be edited and passed with --playbook."""
    from segmentry.steps.playbook import default_playbook

    sys.stdout.write(default_playbook().read_text(encoding="utf-8"))


def main() -> NoReturn:
    """Run the command line and exit with a code that a program can rely on."""
    run_to_end(app)
