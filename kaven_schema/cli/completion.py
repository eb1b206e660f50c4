"""kaven completion"""

from __future__ import annotations

import click

from kaven_schema.diagnostics import ExitCode


@click.command("completion", short_help="print the shell's completion script")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def command(context: click.Context, shell: str) -> int:
    """Print a script that completes `kaven` in your shell.

    \b
    Example:
      kaven completion bash > ~/.local/share/bash-completion/completions/kaven
      kaven completion zsh > ~/.zfunc/_kaven
      kaven completion fish > ~/.config/fish/completions/kaven.fish
    """
    from click.shell_completion import get_completion_class

    completion = get_completion_class(shell)
    assert completion is not None
    click.echo(completion(context.find_root().command, {}, "kaven", "_KAVEN_COMPLETE").source())
    return ExitCode.FINE
