"""The options that commands share are those that Python has."""

from __future__ import annotations

import dataclasses
import inspect
import re
from typing import get_type_hints

import pytest

import segmentry
from segmentry import cli_options
from segmentry.cli_places import Places
from segmentry.engines.resources import Resources
from segmentry.steps.reading import Reading, ReadingOptions


def test_every_way_to_say_how_a_source_is_read_can_be_said_in_each_place():
    on_the_command_line = set(get_type_hints(cli_options.Reading)) | set(get_type_hints(Places))
    assert on_the_command_line == set(get_type_hints(ReadingOptions))
    assert on_the_command_line == {own.name for own in dataclasses.fields(Reading)} - {"id"}
    assert set(get_type_hints(cli_options.Limits)) == {
        own.name for own in dataclasses.fields(Resources)
    }
    assert set(get_type_hints(cli_options.Orders)) < set(
        inspect.signature(segmentry.rfm).parameters
    )


@pytest.mark.parametrize(
    ("name", "groups"),
    [
        ("run", ["Reading", "Orders", "Limits"]),
        ("explore", ["Reading", "Limits"]),
        ("assign", ["Reading", "Limits"]),
        ("rfm", ["Reading", "Orders", "Limits"]),
    ],
)
def test_the_help_of_a_command_shows_all_that_it_understands(command, name, groups):
    shown = command(name, "--help").stdout
    for group in groups:
        for option in get_type_hints(getattr(cli_options, group)):
            assert re.search(rf"--{option.replace('_', '-')}\b", shown), option
