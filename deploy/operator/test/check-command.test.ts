import { expect, test } from '@jest/globals';
import { checkCommand } from '../check/check-command.ts';
import { OperatorError } from '../operator-error.ts';

async function run(args: readonly string[]) {
  const printed: string[] = [];
  const terminal = { print: (text: string) => void printed.push(text), progress: () => {} };
  const places = () => {
    throw new OperatorError('no Berth runs here');
  };
  const error: unknown = await checkCommand(args, { places, terminal }).catch((thrown) => thrown);
  return { error, printed: printed.join('') };
}

test.each([
  [['--json'], 'no Berth runs here'],
  [['--json', '--rate', 'fast'], '--rate must be bytes a second such as 50MiB, not "fast"'],
  [['--json', '--colour'], expect.stringContaining("'--colour'")],
])('with %s, what cannot be checked is one JSON document as well', async (args, message) => {
  const { error, printed } = await run(args);
  expect(JSON.parse(printed)).toEqual({ error: message });
  expect(error).toMatchObject({ message });
});

test('without --json nothing is printed but the error', async () => {
  expect(await run([])).toEqual({ error: new OperatorError('no Berth runs here'), printed: '' });
});
