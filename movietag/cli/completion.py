"""``movietag completion``: prints the script that completes commands, options, tags, titles and saved names."""

from __future__ import annotations

from typing import Annotated, Final, Literal

import typer

from movietag.cli.output import command

# Each asks the command itself, by the protocol of Typer for bash: words a line each, and which one is completed. What
# comes back is put in quotes by the shell. bash splits words at `:`, `=`, `<` and `>`: they are joined here again.
BASH: Final = r"""
_movietag_completion() {
    local IFS=$'\n' rest=$COMP_LINE n=-1 i one cut=
    local -a words=() found=()
    for ((i = 0; i <= COMP_CWORD; i++)); do
        if [[ $i -eq 0 || $rest == [[:space:]]* ]]; then
            words[++n]=
            rest=${rest#"${rest%%[![:space:]]*}"}
        fi
        words[n]+=${COMP_WORDS[i]}
        rest=${rest#"${COMP_WORDS[i]}"}
    done
    mapfile -t found < <(COMP_WORDS="${words[*]}" COMP_CWORD=$n _MOVIETAG_COMPLETE=complete_bash "$1" 2>/dev/null)
    local current=${words[n]}
    [[ $current == *[:=\<\>]* && $current != [\"\']* ]] && cut=${current%"${current##*[:=<>]}"}
    COMPREPLY=()
    for one in "${found[@]}"; do
        [[ -n $one ]] || continue
        one=${one#"$cut"}
        if [[ $current == [\"\']* ]]; then COMPREPLY+=("$one"); else COMPREPLY+=("$(printf %q "$one")"); fi
    done
}
complete -o default -F _movietag_completion movietag
"""

ZSH: Final = r"""
#compdef movietag
_movietag() {
    local -a found
    found=("${(@f)$(COMP_WORDS="${(F)words[1,CURRENT]}" COMP_CWORD=$((CURRENT - 1)) \
        _MOVIETAG_COMPLETE=complete_bash ${words[1]} 2>/dev/null)}")
    if [[ -n "$found" ]]; then compadd -- "${found[@]}"; else _files; fi
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then _movietag "$@"; else compdef _movietag movietag; fi
"""

FISH: Final = r"""
function __movietag_completion
    set -l words (string escape -- (commandline --current-process --tokenize --cut-at-cursor)) \
        (commandline --current-token --cut-at-cursor)
    set -l number (math (count $words) - 1)
    COMP_WORDS=(string join \n -- $words) COMP_CWORD=$number _MOVIETAG_COMPLETE=complete_bash \
        command movietag 2>/dev/null
end
complete --command movietag --arguments '(__movietag_completion)'
"""

SCRIPTS: Final = {"bash": BASH, "zsh": ZSH, "fish": FISH}


@command
def completion(
    shell: Annotated[Literal["bash", "zsh", "fish"], typer.Argument(help="Your shell.")],
) -> None:
    """Print the script for a shell that completes commands, tags, titles, queries and saved names.

    For good: add `eval "$(movietag completion bash)"` to ~/.bashrc, the same with zsh to ~/.zshrc after compinit, or
    `movietag completion fish | source` to ~/.config/fish/config.fish.

    Example: eval "$(movietag completion bash)"
    """
    print(SCRIPTS[shell].strip())
