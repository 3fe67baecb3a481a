"""How hypothesis runs: at random where people work; in CI always the same, so that what is red there is red again.

What a random run found is kept where CI runs it too: bytes as a file in tests/corpus, all else as an `@example`.
"""

import os

from hypothesis import settings

settings.register_profile("people", deadline=None)  # a busy machine is no fault of a test
settings.register_profile("ci", parent=settings.get_profile("people"), derandomize=True, database=None)
settings.load_profile("ci" if os.environ.get("CI") or os.environ.get("GATEWAY_SKIP_NOTHING") else "people")
