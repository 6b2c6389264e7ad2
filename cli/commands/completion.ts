import type { Cli } from '../command.ts';
import { type World, write } from '../world.ts';

/** Both ask the program itself, with the shell named since zsh takes descriptions as well. */
const SCRIPTS = {
  bash: `# source <(berth completion bash)
_berth() {
  local words
  mapfile -t words < <(SHELL=bash berth --get-yargs-completions "\${COMP_WORDS[@]}" 2>/dev/null)
  mapfile -t COMPREPLY < <(compgen -W "\${words[*]}" -- "\${COMP_WORDS[COMP_CWORD]}")
}
complete -o bashdefault -o default -F _berth berth
`,
  zsh: `#compdef berth
# source <(berth completion zsh)
_berth() {
  local -a reply
  reply=("\${(@f)$(SHELL=zsh berth --get-yargs-completions "\${words[@]}" 2>/dev/null)}")
  if (( \${#reply} )) && [[ -n \${reply[1]} ]]; then
    _describe 'values' reply
  else
    _default
  fi
}
compdef _berth berth
`,
} as const;

export function withCompletionCommand(cli: Cli, world: World): Cli {
  return cli.command(
    'completion <shell>',
    'A script for the shell that completes commands and options',
    (y) => y.positional('shell', { choices: ['bash', 'zsh'] as const, demandOption: true }),
    async ({ shell }) => write(world.stdout, SCRIPTS[shell]),
  );
}
