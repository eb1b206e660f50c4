"""The pre-commit hooks in a real repository, run by the real tool."""

from __future__ import annotations

import yaml


def test_the_hooks_that_init_writes(repository, scenario) -> None:
    repository.use_hooks()
    scenario(repository)


def test_the_hooks_of_this_repository(repository, clone, scenario) -> None:
    """pre-commit makes an environment of its own, and installs the clone into it."""
    repository.use_hooks_of(clone)
    scenario(repository)
    repository.edit("company     String?", "company     String? @db.Varchar(30)")
    done = repository.commit("prisma")
    assert not done.done
    assert "prisma_accepts" in done.said, "Prisma's own validator is asked there too"


def test_both_ways_to_have_the_hooks_say_the_same(repository, checkout) -> None:
    published = yaml.safe_load((checkout / ".pre-commit-hooks.yaml").read_text())
    ((local,),) = [[entry["hooks"] for entry in yaml.safe_load(repository.config.read_text())["repos"]]]
    for ours, written in zip(published, local, strict=True):
        assert (ours.pop("language"), written.pop("language")) == ("python", "system")
        assert ours.pop("additional_dependencies") == [".[engines]"]
        ours.pop("description")
        assert ours == written
