"""The list of mends: when each runs, and what is said of it."""

import sys
from types import ModuleType

import pytest

from mmf_mixer.compat import mending


@pytest.fixture(autouse=True)
def own_list(monkeypatch):
    monkeypatch.setattr(mending, "MENDS", [])


def test_runs_before_and_after_its_module_in_order():
    calls = []

    @mending.mend("a.module")
    def second(module):
        """Because."""
        calls.append(("second", module.value))
        return True

    @mending.mend("a.module")
    def third(module):
        """Because."""
        calls.append(("third", module.value))
        return False

    @mending.mend("a.module", when="before")
    def first(module):
        """Because."""
        calls.append(("first", hasattr(module, "value")))
        return True

    module = ModuleType("a.module")
    mending.before(module)
    module.value = 7
    mending.after(module)
    mending.after(ModuleType("another"))
    assert calls == [("first", False), ("second", 7), ("third", 7)]
    assert [entry.state for entry in mending.MENDS] == ["mended", "not needed", "mended"]


def test_a_mend_of_the_other_release_does_not_run(monkeypatch):
    monkeypatch.setattr(mending, "mmf_release", lambda: "package")
    calls = []
    for release in ("package", "source"):

        @mending.mend("a.module", only=release)
        def note(module, release=release):
            """Because."""
            calls.append(release)
            return True

    mending.after(ModuleType("a.module"))
    assert calls == ["package"]
    assert [entry.state for entry in mending.MENDS] == ["mended", "not needed"]


def test_is_named_and_explained_by_its_function():
    @mending.mend("a.module")
    def a_name(module):
        """The first line says why.

        The rest does not.
        """
        return True

    (entry,) = mending.MENDS
    assert (entry.name, entry.why, entry.module, entry.state) == (
        "a_name",
        "The first line says why.",
        "a.module",
        "waiting",
    )
    assert mending.waiting() == {"a.module"}


def test_a_module_that_is_already_there_is_mended_at_once(monkeypatch):
    module = ModuleType("already_there")
    monkeypatch.setitem(sys.modules, "already_there", module)

    @mending.mend("already_there")
    def late(module):
        """Because."""
        module.mended = True
        return True

    assert module.mended
    assert mending.MENDS[0].state == "mended"
