#!/bin/sh
# SPDX-License-Identifier: MIT
# completion.sh - what bash and zsh complete: options, ids of services, and every program.
# shellcheck disable=SC2016 # single quotes: for another shell
. "$(dirname "$0")/lib.sh"

bash_file=agent-bin/completion/enstratus-agent.bash
zsh_file=agent-bin/completion/_enstratus-agent
mkdir "$services/a1" "$services/a22" "$services/b" "$services/lost+found"

# completes PROGRAM WORD - what bash makes of it, in one line.
completes() {
	bash -c '. "$1"
		COMP_WORDS=("$2" "$3") COMP_CWORD=1
		_enstratus_agent "$2"
		printf "%s " "${COMPREPLY[@]}"' - "$bash_file" "$bin/$1" "$2"
}
same 'bash: ids' 'a1 a22 b ' "$(completes startService '')"
same 'bash: ids that begin so' 'a1 a22 ' "$(completes startService a)"
same 'bash: options' '--timeout ' "$(completes startService --t)"
same 'bash: words' 'start stop ' "$(completes esboot '')"
same 'bash: of none there is none' ' ' "$(completes startService x)"
for program in agent-bin/*.c; do
	program=$(basename "$program" .c)
	case $program in log | fetchImage) continue ;; esac
	check "bash: $program" sh -c "bash -c '. $bash_file; complete -p $program' >/dev/null 2>&1"
	check "zsh: $program" sh -c "head -n 1 $zsh_file | grep -qw -e '$program'"
done

# zsh asks the file itself; compadd is what it answers by.
zsh_completes() {
	zsh -f -c 'compadd() { shift; print -r -- "$@"; }
		_files() { :; }
		words=("$2" "$3") PREFIX=$3
		. "$1"' - "$PWD/$zsh_file" "$bin/$1" "$2" | tr '\n' ' '
}
same 'zsh: ids' 'a1 a22 b ' "$(zsh_completes startService '')"
check 'zsh: options' sh -c "echo '$(zsh_completes startService -)' | grep -q -e '--timeout'"
same 'zsh: words' 'start stop ' "$(zsh_completes esboot '')"
