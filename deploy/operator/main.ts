// `berth check`, `berth export` and `berth import`: what an operator does where the services run, with their settings.
import { checkCommand } from './check/check-command.ts';
import { exportCommand } from './moving/export-command.ts';
import { importCommand } from './moving/import-command.ts';
import { messageOf } from './operator-error.ts';
import { findPlaces } from './places.ts';
import { openTerminal } from './terminal.ts';

const COMMANDS = { check: checkCommand, export: exportCommand, import: importCommand } as const;

async function main([name = '', ...args]: readonly string[]): Promise<number> {
  const command = COMMANDS[name as keyof typeof COMMANDS];
  if (command === undefined) {
    process.stderr.write(
      `berth: unknown command "${name}", use one of ${Object.keys(COMMANDS).join(', ')}\n`,
    );
    return 2;
  }
  const terminal = openTerminal(process.stdout, process.stderr);
  try {
    return await command(args, { places: () => findPlaces(process.env), terminal });
  } catch (error) {
    terminal.progress('');
    process.stderr.write(`berth ${name}: ${messageOf(error)}\n`);
    return 2;
  }
}

process.exitCode = await main(process.argv.slice(2));
