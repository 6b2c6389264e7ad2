// What a container runs, by the word that it is given: a service, `gateway`, or `check`, `export` and `import` of an operator.
import { SERVICES } from '../embedded/service-table.ts';

const OPERATOR_COMMANDS = ['check', 'export', 'import'];

const [name = ''] = process.argv.slice(2);
const service = SERVICES.find((one) => one.name === name);
if (service !== undefined) await import(service.main);
else if (name === 'gateway') await import('./gateway/main.ts');
else if (OPERATOR_COMMANDS.includes(name)) await import('../operator/main.ts');
else {
  const known = [...SERVICES.map((one) => one.name), 'gateway', ...OPERATOR_COMMANDS];
  process.stderr.write(`berth: "${name}" is nothing to run, use one of ${known.join(', ')}\n`);
  process.exitCode = 2;
}
