"""Numbers in columns."""

from dataclasses import dataclass, field


@dataclass
class Table:
    title: str
    columns: tuple[str, ...]
    rows: list[tuple[str, ...]] = field(default_factory=list)

    def row(self, *values: object) -> None:
        self.rows.append(tuple(_text(value) for value in values))

    def show(self) -> None:
        widths = [max(map(len, column)) for column in zip(self.columns, *self.rows, strict=True)]
        print(f"\n{self.title}")
        for row in (self.columns, *self.rows):
            first, *rest = (cell.ljust(w) if n == 0 else cell.rjust(w)
                            for n, (cell, w) in enumerate(zip(row, widths, strict=True)))
            print("  ".join([first, *rest]), flush=True)


def _text(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.1f}" if value >= 10 else f"{value:.2f}"
    return str(value)
