"""How a peer hands its measurements over: one JSON object a line on stdout."""

import json
import sys
from collections.abc import Callable

Measurement = dict[str, str | int | float]


def hand_over(measure: Callable[[], Measurement], serve: bool) -> None:
    """Prints one measurement; or, to `serve`, one for each line on stdin until its end.

    Before the first line a server prints an empty object: it is warm. Whoever started it
    can so measure several peers in turn, without paying for start and compilation again.
    """
    if not serve:
        print(json.dumps(measure()))
        return
    print("{}", flush=True)
    for _ in sys.stdin:
        print(json.dumps(measure()), flush=True)
