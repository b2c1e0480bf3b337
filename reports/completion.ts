/** A command as shells complete it: its words are what may follow it. */
export interface CompletionNode {
  readonly name: string
  readonly summary: string
  readonly flags: readonly string[]
  /** Words of its arguments, where they are known beforehand. */
  readonly words: readonly string[]
}

export const shells = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof shells)[number]

/** A completion script for a program and its subcommands, to be sourced by that shell. */
export function completionScript(shell: Shell, program: string, commands: readonly CompletionNode[]): string {
  const writers: Readonly<Record<Shell, typeof bash>> = { bash, zsh, fish }
  return writers[shell](program, commands)
}

function bash(program: string, commands: readonly CompletionNode[]): string {
  const cases = commands.map((c) => `    ${c.name}) words=${quote([...c.flags, ...c.words].join(' '))} ;;`)
  return `_${program}() {
  local current=\${COMP_WORDS[COMP_CWORD]} words
  case \${COMP_WORDS[1]} in
${cases.join('\n')}
    *) words='' ;;
  esac
  [ "$COMP_CWORD" -eq 1 ] && words=${quote(commands.map((c) => c.name).join(' '))}
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  [ "\${#COMPREPLY[@]}" -gt 0 ] || COMPREPLY=($(compgen -f -- "$current"))
}
complete -F _${program} ${program}
`
}

function zsh(program: string, commands: readonly CompletionNode[]): string {
  const names = commands.map((c) => quote(`${c.name}:${c.summary.replaceAll(':', ' ')}`)).join(' ')
  const cases = commands.map((c) => `    ${c.name}) compadd -- ${[...c.flags, ...c.words].map(quote).join(' ')} ;;`)
  return `#compdef ${program}
_${program}() {
  if (( CURRENT == 2 )); then
    local -a names=(${names})
    _describe command names
    return
  fi
  case \${words[2]} in
${cases.join('\n')}
  esac
  _files
}
compdef _${program} ${program}
`
}

function fish(program: string, commands: readonly CompletionNode[]): string {
  const lines = commands.flatMap((c) => {
    const inside = `-n '__fish_seen_subcommand_from ${c.name}'`
    return [
      `complete -c ${program} -n __fish_use_subcommand -a ${c.name} -d ${quote(c.summary)}`,
      ...c.flags.map((flag) => `complete -c ${program} ${inside} -l ${flag.replace(/^--/, '')}`),
      ...c.words.map((word) => `complete -c ${program} ${inside} -a ${quote(word)}`),
    ]
  })
  return `${lines.join('\n')}\n`
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
