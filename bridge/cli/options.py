"""Arguments and options that several commands have."""

from __future__ import annotations

from typing import Annotated

import typer

Ref = Annotated[str, typer.Argument(metavar="SOURCE:KEY", help="A ticket, as helpdesk:1103.")]
Sources = Annotated[
    list[str] | None, typer.Option("--source", metavar="NAME", help="Only this source; repeatable.")
]
Note = Annotated[str, typer.Option("--note", help="What was said, where and when.")]
By = Annotated[str, typer.Option("--by", metavar="WHO", help="Who said so; default: you.")]
