import { usageError } from './failure.ts';

const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

/** The shell of a name or path. @throws UsageError if there is no script for it */
export function shellNamed(text: string): Shell {
  const shell = shells.find((known) => text === known || text.endsWith(`/${known}`));
  if (shell === undefined) throw usageError(`say which shell: --generate-completion-script ${shells.join('|')}.`);
  return shell;
}

/** What a shell can complete of one command. */
export interface CompletedCommand {
  readonly name: string;
  readonly summary: string;
  /** Long forms, `--linux`. */
  readonly options: readonly string[];
}

/**
 * A script that teaches a shell to complete commands, their options, and names of VMs and images. Names are asked of the
 * program itself when they are needed.
 */
export function completionScript(shell: Shell, commands: readonly CompletedCommand[]): string {
  switch (shell) {
    case 'bash':
      return forBash(commands);
    case 'zsh':
      return forZsh(commands);
    case 'fish':
      return forFish(commands);
  }
}

const namesCommand = 'tatin list --quiet 2>/dev/null';

function forBash(commands: readonly CompletedCommand[]): string {
  return `_tatin() {
  local current="\${COMP_WORDS[COMP_CWORD]}" words
  COMPREPLY=()
  # Names of images hold colons, at which bash would part them.
  if declare -F _get_comp_words_by_ref >/dev/null; then _get_comp_words_by_ref -n : current; fi
  if [ "$COMP_CWORD" -eq 1 ]; then
    words="${commands.map(({ name }) => name).join(' ')}"
  elif [[ "$current" == -* ]]; then
    case "\${COMP_WORDS[1]}" in
${commands.map(({ name, options }) => `      ${name}) words="${options.join(' ')}" ;;`).join('\n')}
    esac
  else
    local IFS=$'\\n'
    words="$(${namesCommand})"
  fi
  while IFS= read -r word; do COMPREPLY+=("$(printf '%q' "$word")"); done < <(compgen -W "$words" -- "$current")
  if declare -F __ltrim_colon_completions >/dev/null; then __ltrim_colon_completions "$current"; fi
}
complete -o default -F _tatin tatin
`;
}

function forZsh(commands: readonly CompletedCommand[]): string {
  return `#compdef tatin

_tatin() {
  local -a commands options names
  if (( CURRENT == 2 )); then
    commands=(
${commands.map(({ name, summary }) => `      ${quoted(`${name}:${summary.replaceAll(':', '\\:')}`)}`).join('\n')}
    )
    _describe 'command' commands
  elif [[ $words[CURRENT] == -* ]]; then
    case $words[2] in
${commands.map(({ name, options }) => `      ${name}) options=(${options.join(' ')}) ;;`).join('\n')}
    esac
    compadd -a options
  else
    names=("\${(@f)$(${namesCommand})}")
    compadd -a names
    _files
  fi
}

if [[ $funcstack[1] == _tatin ]]; then _tatin "$@"; else compdef _tatin tatin; fi
`;
}

function forFish(commands: readonly CompletedCommand[]): string {
  const lines = commands.flatMap(({ name, summary, options }) => [
    `complete -c tatin -f -n __fish_use_subcommand -a ${name} -d ${quoted(summary)}`,
    ...options.map((option) => `complete -c tatin -n '__fish_seen_subcommand_from ${name}' -l ${option.slice(2)}`),
  ]);
  return `${lines.join('\n')}
complete -c tatin -n 'not __fish_use_subcommand' -a '(${namesCommand})'
`;
}

/** As one word of a shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
